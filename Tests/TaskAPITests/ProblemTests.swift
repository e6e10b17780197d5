import DaprHTTP
import DaprJSON
import DoorSupport
import Testing

/// Refusals as problems by RFC 9457, for clients that prefer them.
struct ProblemTests {
    private static let problem = "application/problem+json"

    @Test(arguments: [
        ("application/problem+json", true), ("application/json;q=0.9, application/problem+json", true),
        ("application/problem+json;q=0.5, application/json;q=0.4", true), ("application/json;q=0, */*", true),
        ("*/*;q=0.1, application/problem+json;q=0.2", true), ("Application/Problem+JSON ; Q=1.000", true),
        ("text/html, application/problem+json;q=0.001", true), ("application/*;q=0.3, application/problem+json", true),
        ("", false), ("*/*", false), ("application/json", false), ("application/*", false),
        ("application/problem+json, application/json", false), ("application/problem+json;q=0", false),
        ("application/problem+json;q=0.5, */*", false), ("application/problem+json;q=2", false),
        ("application/problem+json;q=0.0001", false), ("application/problem+json;q=", false),
        ("application/problem+json;q=1.5", false), ("application/problem+jso\u{301}n", false), ("text/html", false),
    ])
    func `a problem is what is preferred to JSON`(accept: String, isProblem: Bool) async throws {
        let api = try APIHarness()
        let answer = try await api.send(.get, "/api/tasks/1", headers: ["Accept": accept])
        #expect(answer.status == 404)
        #expect(answer.headers["Content-Type"] == (isProblem ? Self.problem : "application/json"), "\(accept)")
        #expect((answer.json["error"] == nil) == isProblem)
        // What is no refusal stays what it is.
        let list = try await api.send(.get, "/api/tasks", headers: ["Accept": accept])
        #expect(list.headers["Content-Type"] == "application/json")
    }

    @Test func `the lines of Accept are one list`() async throws {
        var headers: HTTPHeaders = ["Accept": "application/json;q=0.5"]
        headers.add("accept", Self.problem)
        let answer = try await APIHarness().send(.get, "/nowhere", headers: headers)
        #expect(answer.headers["Content-Type"] == Self.problem)
    }

    @Test func `it says what the code means, and what happened`() async throws {
        let answer = try await APIHarness().send(.get, "/api/tasks/1", headers: ["Accept": Self.problem])
        #expect(
            answer.json == [
                "type": "/docs#error-TASK_NOT_FOUND", "title": "There is no such task", "status": 404,
                "detail": "There is no such task.", "code": "TASK_NOT_FOUND",
            ]
        )
        // The page at /docs has a part error-CODE for each of these.
        let codes = try await APIHarness().send(.get, "/openapi.json").json["x-error-codes"]?.arrayValue
        #expect(codes?.contains { $0["code"] == "TASK_NOT_FOUND" } == true)
    }

    @Test func `details that are not of fields stay details`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let headers: HTTPHeaders = ["Accept": Self.problem, "If-Match": "\"7\""]
        let answer = try await api.send(.delete, "/api/tasks/\(id)", headers: headers)
        #expect(answer.json["status"] == 412)
        #expect(answer.json["details"]?["current"]?["id"] == .string(id))
        #expect(answer.headers["ETag"] == "\"1\"")
    }

    @Test(arguments: [
        (#"{"title":"x","tags":["a","b","c",7]}"#, ["#/tags/3": "TYPE"]), (#"[]"#, ["#": "TYPE"]),
        (#"{"title":"","priority":"x"}"#, ["#/title": "REQUIRED", "#/priority": "NOT_ONE_OF"]),
        (#"{"title":"x","a/b~c[1].d é":1}"#, ["#/a~1b~0c%5B1%5D.d%20%C3%A9": "UNKNOWN_FIELD"]),
        (#"{"title":"x","":1}"#, ["#/": "UNKNOWN_FIELD"]),
    ])
    func `faults of a body have pointers`(body: String, faults: [String: String]) async throws {
        let answer = try await APIHarness().send(.post, "/api/tasks", headers: ["Accept": Self.problem], body: body)
        #expect(answer.status == 422)
        var seen: [String: String] = [:]
        for error in answer.json["errors"]?.arrayValue ?? [] {
            seen[try #require(error["pointer"]?.stringValue)] = error["code"]?.stringValue
            #expect(error["detail"]?.stringValue?.isEmpty == false)
        }
        #expect(seen == faults, "\(answer.text)")
        #expect(answer.json["details"] == nil)
    }

    @Test(arguments: [
        ("/api/tasks?limit=0&page=2", ["limit": "OUT_OF_RANGE", "page": "UNKNOWN_FIELD"]),
        ("/api/tasks?cursor=x", ["cursor": "INVALID_CURSOR"]), ("/api/changes?since=x", ["since": "OUT_OF_RANGE"]),
    ])
    func `faults of a query name the parameter`(target: String, faults: [String: String]) async throws {
        let answer = try await APIHarness().send(.get, target, headers: ["Accept": Self.problem])
        var seen: [String: String] = [:]
        for error in answer.json["errors"]?.arrayValue ?? [] {
            seen[try #require(error["parameter"]?.stringValue)] = error["code"]?.stringValue
            #expect(error["pointer"] == nil)
        }
        #expect(seen == faults)
    }

    @Test(arguments: [1, 99, 100, 101, 1000])
    func `a hundred faults are told, and whether there are more`(count: Int) async throws {
        let fields = (0..<count).map { "\"f\($0)\":1" }.joined(separator: ",")
        let api = try APIHarness()
        let plain = try await api.send(.post, "/api/tasks", body: #"{"title":"x",\#(fields)}"#)
        #expect(plain.status == 422)
        #expect(plain.details?["fields"]?.arrayValue?.count == min(count, 100))
        #expect(plain.details?["more"] == (count > 100 ? true : nil))
        let message = plain.json["error"]?["message"]?.stringValue
        #expect(
            message
                == (count == 1
                    ? "One field is invalid."
                    : count > 100 ? "More than 100 fields are invalid." : "\(count) fields are invalid.")
        )
        let problem = try await api.send(
            .post,
            "/api/tasks",
            headers: ["Accept": Self.problem],
            body: #"{"title":"x",\#(fields)}"#
        )
        #expect(problem.json["errors"]?.arrayValue?.count == min(count, 100))
        #expect(problem.json["details"] == (count > 100 ? ["more": true] : nil))
    }
}
