import DaprHTTP
import DaprJSON
import DoorSupport
import Testing

struct RefusalTests {
    private static let missing = "0190a000-0000-7000-8000-000000000000"

    @Test(arguments: [
        (#"{"title":"#, 9), ("", 0), ("nonsense", 1), (#"{"title":"a"}}"#, 13), ("{\"title\":\"\u{01}\"}", 10),
        (#"{"title":01}"#, 9), (#"{"title":"\ud800"}"#, 10), (#"[1,]"#, 3),
    ])
    func `a body that is no JSON is 400 with the offset`(body: String, offset: Int) async throws {
        let api = try APIHarness()
        for (method, path) in [(HTTPMethod.post, ""), (.put, "/\(Self.missing)"), (.patch, "/\(Self.missing)")] {
            let answer = try await api.send(method, "/api/tasks\(path)", body: body)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(answer.code == "MALFORMED_JSON")
            #expect(answer.details?["offset"]?.intValue == offset, "\(answer.text)")
        }
    }

    @Test(arguments: ["gzip", "br", "identity, gzip", "GZIP", "x", ""])
    func `a body that is packed is 415, and not called broken JSON`(coding: String) async throws {
        let api = try APIHarness()
        for (method, path) in [(HTTPMethod.post, "/api/tasks"), (.patch, "/api/tasks/\(Self.missing)")] {
            let answer = try await api.send(
                method,
                path,
                headers: ["Content-Encoding": coding],
                body: "\u{1F}\u{8B}\u{8}"
            )
            // A list without members packs nothing.
            #expect(answer.status == (coding.isEmpty ? 400 : 415), "\(answer.text)")
            #expect(answer.code == (coding.isEmpty ? "MALFORMED_JSON" : "UNSUPPORTED_CONTENT_CODING"))
            guard !coding.isEmpty else { continue }
            #expect(answer.headers["Accept-Encoding"] == "identity")
            #expect(answer.details == ["coding": .string(coding == "identity, gzip" ? "gzip" : coding)])
        }
        let event = Array(#"{"specversion":"1.0"}"#.utf8)
        let type = "application/cloudevents+json"
        let delivered = await api.send(
            api.app,
            .post,
            "/events/tasks",
            ["Content-Encoding": coding],
            type,
            event
        )
        #expect(delivered.status == (coding.isEmpty ? 200 : 415))
    }

    @Test func `a body that says that it is not packed is taken`() async throws {
        let api = try APIHarness()
        let headers: HTTPHeaders = ["Content-Encoding": "Identity"]
        #expect(try await api.send(.post, "/api/tasks", headers: headers, body: #"{"title":"x"}"#).status == 201)
        // Without a body there is nothing that could be packed.
        #expect(try await api.send(.get, "/api/tasks", headers: ["Content-Encoding": "gzip"]).status == 200)
    }

    @Test(arguments: [
        ["application/json", "text/plain"], ["text/plain", "application/json"],
        ["application/json", "application/json"],
        ["application/json, application/json"],
    ])
    func `a body of two types is of none`(types: [String]) async throws {
        let api = try APIHarness()
        var headers: HTTPHeaders = [:]
        for type in types { headers.add("Content-Type", type) }
        let answer = try await api.send(.post, "/api/tasks", headers: headers, type: nil, body: #"{"title":"x"}"#)
        #expect(answer.status == 415 && answer.code == "UNSUPPORTED_MEDIA_TYPE", "\(answer.text)")
        for path in ["/events/tasks", "/events/task-commands"] {
            let body = Array(#"{"specversion":"1.0"}"#.utf8)
            #expect(await api.send(api.app, .post, path, headers, nil, body).status == 415)
        }
    }

    @Test func `two lines of a coding are one list`() async throws {
        let api = try APIHarness()
        var headers: HTTPHeaders = ["Content-Encoding": "identity"]
        headers.add("Content-Encoding", "gzip")
        let answer = try await api.send(.post, "/api/tasks", headers: headers, body: #"{"title":"x"}"#)
        #expect(answer.status == 415 && answer.code == "UNSUPPORTED_CONTENT_CODING")
    }

    @Test func `bytes that are no UTF-8 are 400, and deep nesting too`() async throws {
        let api = try APIHarness()
        let authorization: HTTPHeaders = ["Authorization": "Bearer \(try APIHarness.token("demo"))"]
        let bad = Array(#"{"title":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
        let deep = Array(String(repeating: "[", count: 100_000).utf8)
        for body in [bad, deep] {
            let answer = await api.send(api.app, .post, "/api/tasks", authorization, "application/json", body)
            #expect(answer.status == 400)
            #expect(answer.code == "MALFORMED_JSON")
        }
    }

    @Test(arguments: [
        ("{}", ["title": "REQUIRED"]),
        (
            #"{"title":"","priority":"urgent","nonsense":1}"#,
            ["title": "REQUIRED", "priority": "NOT_ONE_OF", "nonsense": "UNKNOWN_FIELD"]
        ),
        (
            #"{"title":5,"tags":"x","completed":"yes","description":[]}"#,
            ["title": "TYPE", "tags": "TYPE", "completed": "TYPE", "description": "TYPE"]
        ),
        (
            #"{"title":"x","due_date":"tomorrow","tags":["a","a"]}"#,
            ["due_date": "NOT_RFC3339", "tags[1]": "DUPLICATE"]
        ),
        (#"{"title":"x","due_date":"2026-02-30"}"#, ["due_date": "NOT_RFC3339"]),
        (#"{"title":"x","status":"todo","completed":true}"#, ["completed": "CONTRADICTION"]),
        ("[]", ["": "TYPE"]), ("null", ["": "TYPE"]), ("\"x\"", ["": "TYPE"]), ("7", ["": "TYPE"]),
    ])
    func `every field at fault is told in one 422`(body: String, faults: [String: String]) async throws {
        let api = try APIHarness()
        for (method, path) in [(HTTPMethod.post, "/api/tasks"), (.put, "/api/demo/tasks/\(Self.missing)")] {
            let answer = try await api.send(method, path, body: body)
            #expect(answer.status == 422, "\(answer.text)")
            #expect(answer.code == "INVALID_FIELDS")
            // A wrong title can be told twice over; once is enough.
            #expect(answer.faults == faults, "\(answer.text)")
        }
        #expect(api.service.contexts.isEmpty)
    }

    @Test func `a patch is held to the same rules`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let answer = try await api.send(
            .patch,
            "/api/tasks/\(id)",
            type: "application/merge-patch+json",
            body: #"{"title":null,"nonsense":{"a":1},"tags":[1]}"#
        )
        #expect(answer.status == 422)
        #expect(answer.faults == ["title": "REQUIRED", "nonsense": "UNKNOWN_FIELD", "tags[0]": "TYPE"])
    }

    @Test(arguments: ["complete", "reopen"])
    func `an action takes no fields`(action: String) async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let answer = try await api.send(.post, "/api/tasks/\(id)/\(action)", body: #"{"when":"now"}"#)
        #expect(answer.status == 422)
        #expect(answer.faults == ["when": "UNKNOWN_FIELD"])
    }

    @Test(arguments: [
        ("status=open", ["status": "NOT_ONE_OF"]), ("limit=0", ["limit": "OUT_OF_RANGE"]),
        ("limit=201", ["limit": "OUT_OF_RANGE"]), ("limit=99999999999999999999", ["limit": "OUT_OF_RANGE"]),
        ("limit=1e2", ["limit": "OUT_OF_RANGE"]), ("sort=size", ["sort": "NOT_ONE_OF"]),
        ("sort=--title", ["sort": "NOT_ONE_OF"]), ("completed=1", ["completed": "NOT_ONE_OF"]),
        ("cursor=xyz", ["cursor": "INVALID_CURSOR"]), ("page=2", ["page": "UNKNOWN_FIELD"]),
        ("tag=a&tag=b", ["tag": "DUPLICATE"]),
        ("status=&priority=&page", ["status": "NOT_ONE_OF", "priority": "NOT_ONE_OF", "page": "UNKNOWN_FIELD"]),
    ])
    func `a query that cannot be is 422 with each parameter`(query: String, faults: [String: String]) async throws {
        let answer = try await APIHarness().send(.get, "/api/tasks?\(query)")
        #expect(answer.status == 422)
        #expect(answer.faults == faults)
    }

    @Test func `a broken escape is 400, in the query and in the path`() async throws {
        let api = try APIHarness()
        for target in ["/api/tasks?tag=%zz", "/api/tasks?tag=%C3%28"] {
            let answer = try await api.send(.get, target)
            #expect(answer.status == 400)
            #expect(answer.code == "MALFORMED_QUERY")
        }
        for target in ["/api/tasks/%e", "/api/tasks/%00", "/api/tasks/%C3%28"] {
            let answer = try await api.send(.get, target)
            #expect(answer.status == 400)
            #expect(answer.code == "MALFORMED_PATH")
        }
    }

    @Test(arguments: [
        "text/plain", "application/xml", "application/json; charset=latin1", "application/jsonp", "json", "",
        "application/merge-patch+json", "multipart/form-data; boundary=x", "application/json, text/plain",
    ])
    func `a content type that is not JSON is 415`(type: String) async throws {
        let answer = try await APIHarness().send(.post, "/api/tasks", type: type, body: #"{"title":"x"}"#)
        #expect(answer.status == 415)
        #expect(answer.code == "UNSUPPORTED_MEDIA_TYPE")
        #expect(answer.details?["accepted"] == ["application/json"])
    }

    @Test(arguments: ["application/json;charset=UTF-8", "Application/JSON", "application/json ; charset=\"utf-8\""])
    func `JSON may be written in many ways`(type: String) async throws {
        #expect(try await APIHarness().send(.post, "/api/tasks", type: type, body: #"{"title":"x"}"#).status == 201)
    }

    @Test func `a body without a content type is 415, also when its length is not told`() async throws {
        let api = try APIHarness()
        #expect(try await api.send(.post, "/api/tasks", type: nil, body: #"{"title":"x"}"#).status == 415)
        let chunked = try await api.send(.post, "/api/tasks", headers: ["Transfer-Encoding": "chunked"])
        #expect(chunked.status == 415)
    }

    @Test func `a body over a mebibyte is 413`() async throws {
        let api = try APIHarness()
        let fill = String(repeating: "x", count: (1 << 20) - 12)
        let largest = try await api.send(.post, "/api/tasks", body: #"{"title":"\#(fill)"}"#)
        #expect(largest.status == 422)
        let answer = try await api.send(.post, "/api/tasks", body: #"{"title":"\#(fill)x"}"#)
        #expect(answer.status == 413)
        #expect(answer.code == "CONTENT_TOO_LARGE")
        #expect(answer.details?["limit"] == 1_048_576)
        #expect(answer.headers["X-Correlation-ID"] != nil)
    }

    @Test func `a foreign, a missing and an impossible identifier are answered byte for byte the same`() async throws {
        let api = try APIHarness()
        let foreign = try await api.create(as: "ada")
        let fixed: HTTPHeaders = [
            "X-Correlation-ID": "same", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ]
        for (method, suffix, body) in [
            (HTTPMethod.get, "", nil), (.put, "", #"{"title":"x"}"#), (.patch, "", #"{"title":"x"}"#),
            (.delete, "", nil),
            (.post, "/complete", nil), (.post, "/reopen", nil),
        ] as [(HTTPMethod, String, String?)] {
            for family in ["/api/tasks/", "/api/demo/tasks/"] {
                var seen: Set<[UInt8]> = []
                var heads: Set<[String]> = []
                for id in [foreign, Self.missing, "1", "..", "' OR 1=1 --", "%F0%9F%A6%8A", "a%2Fb", "*"] {
                    let target = family + id.replacing(" ", with: "%20") + suffix
                    let answer = try await api.send(method, target, as: "demo", headers: fixed, body: body)
                    #expect(answer.status == 404, "\(method) \(target)")
                    #expect(answer.code == "TASK_NOT_FOUND")
                    seen.insert(answer.bytes)
                    heads.insert(answer.headers.filter { $0.name != "traceparent" }.map { "\($0.name): \($0.value)" })
                }
                #expect(seen.count == 1)
                #expect(heads.count == 1)
            }
        }
        // What cannot be written in the body is told before the task is looked for, whoever owns it.
        for id in [foreign, Self.missing, "1"] {
            #expect(try await api.send(.put, "/api/tasks/\(id)", body: "{}").status == 422)
        }
    }

    @Test(arguments: [
        ("/api/tasks", "GET, HEAD, OPTIONS, POST"), ("/api/demo/tasks", "GET, HEAD, OPTIONS, POST"),
        ("/api/tasks/1", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"), ("/api/demo/tasks/1/complete", "OPTIONS, POST"),
        ("/health", "GET, HEAD, OPTIONS"), ("/api/tasks/", "GET, HEAD, OPTIONS, POST"),
    ])
    func `a path says which methods it takes`(path: String, allow: String) async throws {
        let api = try APIHarness()
        for user in ["demo", nil] {
            let answer = try await api.send(.options, path, as: user)
            #expect(answer.status == 204)
            #expect(answer.headers["Allow"] == allow)
            #expect(answer.bytes.isEmpty && answer.headers["Content-Type"] == nil)
        }
        #expect(api.metric(#"http_requests_total{method="OPTIONS",route="options",status="204"}"#) == "2")
        guard let other = [HTTPMethod.put, .delete].first(where: { !allow.contains($0.rawValue) }) else { return }
        let answer = try await api.send(other, path)
        #expect(answer.status == 405)
        #expect(answer.headers["Allow"] == allow)
        #expect(answer.code == "METHOD_NOT_ALLOWED")
        #expect(answer.details?["allowed"]?.arrayValue?.compactMap(\.stringValue).joined(separator: ", ") == allow)
    }

    @Test(arguments: [
        "/", "/api", "/api/", "/api/tasks//", "/api/tasks/1/2/3", "//api/tasks", "/API/tasks", "/dapr/config",
        "/api//tasks",
        "/../etc/passwd", "/api/tasks/../../health",
    ])
    func `a path that is not there is 404`(path: String) async throws {
        let answer = try await APIHarness().send(.get, path)
        #expect(answer.status == 404)
        #expect(answer.code == "PATH_NOT_FOUND")
    }
}
