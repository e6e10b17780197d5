import DaprHTTP
import DaprJSON
import DoorSupport
import Testing

@testable import TaskAPI

struct PreconditionTests {
    @Test(arguments: [
        (["\"1\""], true), (["*"], true), (["\"7\", \"1\""], true), (["\"7\"", "\"1\""], true), (["\"2\""], false),
        (["W/\"1\""], false), (["\"01\""], false), (["\"abc\", \"2\""], false), (["\"2\",\"3\""], false),
    ])
    func `a write happens only to a version that If-Match names`(values: [String], happens: Bool) async throws {
        for method in [HTTPMethod.put, .patch, .delete, .post] {
            let api = try APIHarness()
            let id = try await api.create()
            var headers = HTTPHeaders()
            for value in values { headers.add("If-Match", value) }
            let body = method == .put || method == .patch ? #"{"title":"new"}"# : nil
            let path = "/api/tasks/\(id)" + (method == .post ? "/complete" : "")
            let answer = try await api.send(method, path, headers: headers, body: body)
            guard !happens else {
                #expect(answer.status == (method == .delete ? 204 : 200), "\(method) \(answer.text)")
                continue
            }
            #expect(answer.status == 412)
            #expect(answer.code == "TASK_CHANGED")
            #expect(answer.details?["current"]?["id"]?.stringValue == id)
            #expect(answer.details?["current"]?["version"] == 1)
            #expect(answer.headers["ETag"] == "\"1\"")
            #expect(try await api.send(.get, path.replacing("/complete", with: "")).headers["ETag"] == "\"1\"")
        }
    }

    @Test(arguments: ["1", "\"1", "\"1\" \"2\"", "", "*, \"1\"", "\"1\",x", "w/\"1\"", "\"a\u{7F}\""])
    func `an If-Match that cannot be read is refused`(value: String) async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let answer = try await api.send(.delete, "/api/tasks/\(id)", headers: ["If-Match": value])
        #expect(answer.status == 400)
        #expect(answer.code == "INVALID_HEADER")
        #expect(answer.details?["header"] == "If-Match")
    }

    @Test(arguments: [("\"1\"", true), ("W/\"1\"", true), ("*", true), ("\"3\", \"1\"", true), ("\"2\"", false)])
    func `a read of a known version is answered 304`(value: String, isKnown: Bool) async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let answer = try await api.send(.get, "/api/tasks/\(id)", headers: ["If-None-Match": value])
        #expect(answer.status == (isKnown ? 304 : 200))
        #expect(answer.headers["ETag"] == "\"1\"")
        #expect(answer.bytes.isEmpty == isKnown)
    }

    @Test func `If-None-Match on a write is refused, not overlooked`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let answer = try await api.send(
            .put,
            "/api/tasks/\(id)",
            headers: ["If-None-Match": "*"],
            body: #"{"title":"x"}"#
        )
        #expect(answer.status == 400)
        #expect(answer.details?["header"] == "If-None-Match")
    }

    @Test func `a list of entity tags without end is refused`() {
        #expect(EntityTags([Array(repeating: "\"1\"", count: 64).joined(separator: ",")]) != nil)
        #expect(EntityTags([Array(repeating: "\"1\"", count: 65).joined(separator: ",")]) == nil)
    }

    @Test func `a precondition on a missing task is 404`() async throws {
        let api = try APIHarness()
        for value in ["\"1\"", "\"1\", \"2\"", "*"] {
            let answer = try await api.send(
                .delete,
                "/api/tasks/0190a000-0000-7000-8000-000000000000",
                headers: ["If-Match": value]
            )
            #expect(answer.status == 404)
        }
    }
}
