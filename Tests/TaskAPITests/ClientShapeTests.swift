import DaprHTTP
import DaprJSON
import DaprText
import DoorSupport
import Testing

/// What clients of other services send, which ours takes too.
struct ClientShapeTests {
    private static let fixed: HTTPHeaders = [
        "X-Correlation-ID": "same", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ]

    @Test(arguments: ["/api/tasks", "/api/demo/tasks"])
    func `a slash at the end means nothing, whatever the method`(family: String) async throws {
        let api = try APIHarness()
        let created = try await api.send(.post, family + "/", body: #"{"title":"Buy milk"}"#)
        #expect(created.status == 201, "\(created.text)")
        let path = try #require(created.headers["Location"])
        #expect(!path.hasSuffix("/") && path.hasPrefix(family + "/"))
        let body = #"{"title":"Buy bread"}"#
        for (method, path, body) in [
            (HTTPMethod.get, family, nil), (.get, path, nil), (.head, path, nil), (.get, path + "/history", nil),
            (.put, path, body), (.patch, path, body), (.post, path + "/complete", nil), (.post, path + "/reopen", nil),
            (.get, family + "?limit=1", nil), (.get, "/health", nil), (.get, "/openapi.json", nil),
        ] as [(HTTPMethod, String, String?)] {
            let slashed = path.contains("?") ? path.replacing("?", with: "/?") : path + "/"
            let answer = try await api.send(method, slashed, body: body)
            #expect(answer.status == 200, "\(method) \(slashed): \(answer.text)")
            guard method == .get else { continue }
            #expect(try await api.send(method, path).bytes == answer.bytes, "\(path)")
        }
        let pattern = family.replacing("demo", with: "{user_id}")
        #expect(api.metric(#"http_requests_total{method="POST",route="\#(pattern)",status="201"}"#) == "1")
        #expect(api.metric(#"http_requests_total{method="PUT",route="\#(pattern)/{id}",status="200"}"#) == "1")
        #expect(try await api.send(.delete, path + "/").status == 204)
        #expect(try await api.send(.get, path + "/").code == "TASK_NOT_FOUND")
        #expect(try await api.send(.get, path + "//").code == "PATH_NOT_FOUND")
    }

    @Test func `what was read may be put back as it is, and with other fields`() async throws {
        let api = try APIHarness()
        let id = try await api.create(#"{"title":"Buy milk","tags":["a"],"due_date":"2026-12-01T08:00:00Z"}"#)
        for path in ["/api/tasks/\(id)", "/api/demo/tasks/\(id)"] {
            let read = try await api.send(.get, path)
            let put = try await api.send(.put, path, body: read.text)
            #expect(put.status == 200, "\(put.text)")
            #expect(put.json == read.json && put.headers["ETag"] == read.headers["ETag"])
        }
        var task = try #require(try await api.send(.get, "/api/tasks/\(id)").json.objectValue)
        task["title"] = "Buy bread"
        // As a library writes it that read the dates.
        task["created_at"] = task["created_at"]?.stringValue.map { .string($0.replacing("Z", with: "+00:00")) }
        task["id"] = .string(id.uppercased())
        let changed = try await api.send(.put, "/api/tasks/\(id)", body: Self.text(task))
        #expect(changed.status == 200, "\(changed.text)")
        #expect(changed.json["title"] == "Buy bread" && changed.json["version"] == 2)
        #expect(changed.json["created_at"]?.stringValue?.hasSuffix("Z") == true)
    }

    @Test func `an older version in the body is 412, whatever else differs`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let path = "/api/tasks/\(id)"
        var old = try #require(try await api.send(.get, path).json.objectValue)
        #expect(try await api.send(.patch, path, body: #"{"title":"Buy bread"}"#).status == 200)
        for change in [nil, "created_at", "user_id", "id"] {
            if let change { old[change] = "other" }
            let answer = try await api.send(.put, path, body: Self.text(old))
            #expect(answer.status == 412, "\(answer.text)")
            #expect(answer.code == "TASK_CHANGED" && answer.headers["ETag"] == "\"2\"")
            #expect(answer.details?["current"]?["title"] == "Buy bread")
        }
    }

    @Test(
        arguments: [
            ("id", "0190a000-0000-7000-8000-000000000000"), ("id", 7), ("id", nil), ("user_id", "ada"),
            ("user_id", nil),
            ("created_at", "2020-01-01T00:00:00Z"), ("created_at", "yesterday"), ("created_at", 0),
            ("updated_at", "2020-01-01T00:00:00Z"), ("updated_at", nil), ("version", 2), ("version", "1"),
            ("version", 1.5), ("version", nil), ("version", [1]),
        ] as [(String, JSONValue?)]
    )
    func `what is read only and was changed is 422`(field: String, value: JSONValue?) async throws {
        let api = try APIHarness()
        let id = try await api.create()
        var task = try #require(try await api.send(.get, "/api/tasks/\(id)").json.objectValue)
        task[field] = value ?? .null
        task["title"] = "Buy bread"
        let answer = try await api.send(.put, "/api/tasks/\(id)", body: Self.text(task))
        #expect(answer.status == 422, "\(answer.text)")
        #expect(answer.faults == [field: "READ_ONLY"])
        #expect(try await api.send(.get, "/api/tasks/\(id)").json["title"] == "Buy milk")
    }

    @Test func `all that is read only and was changed is told at once`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let body = #"{"title":"x","id":"y","version":3,"user_id":"ada","created_at":"x","updated_at":"x"}"#
        let answer = try await api.send(.put, "/api/tasks/\(id)", body: body)
        #expect(
            answer.faults == [
                "id": "READ_ONLY", "version": "READ_ONLY", "user_id": "READ_ONLY", "created_at": "READ_ONLY",
                "updated_at": "READ_ONLY",
            ]
        )
    }

    @Test func `only a replacement may repeat what is read only`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let read = try await api.send(.get, "/api/tasks/\(id)")
        for (method, path) in [(HTTPMethod.post, "/api/tasks"), (.patch, "/api/tasks/\(id)")] {
            let answer = try await api.send(method, path, body: read.text)
            #expect(answer.status == 422)
            #expect(Set(answer.faults.keys) == ["id", "user_id", "created_at", "updated_at", "version"])
            #expect(Set(answer.faults.values) == ["READ_ONLY"])
        }
    }

    @Test func `a foreign task's own marks are answered like those of none`() async throws {
        let api = try APIHarness()
        let foreign = try await api.create(as: "ada")
        let body = try await api.send(.get, "/api/tasks/\(foreign)", as: "ada").text
        var seen: Set<[UInt8]> = []
        for id in [foreign, "0190a000-0000-7000-8000-000000000000", "1"] {
            let answer = try await api.send(.put, "/api/tasks/\(id)/", headers: Self.fixed, body: body)
            #expect(answer.status == 404)
            seen.insert(answer.bytes)
        }
        #expect(seen.count == 1)
    }

    @Test func `a replacement that is repeated with its key gets the first answer, though its version is old`()
        async throws
    {
        let api = try APIHarness()
        let id = try await api.create()
        var task = try #require(try await api.send(.get, "/api/tasks/\(id)").json.objectValue)
        task["title"] = "Buy bread"
        let headers: HTTPHeaders = ["Idempotency-Key": "k"]
        let first = try await api.send(.put, "/api/tasks/\(id)", headers: headers, body: Self.text(task))
        #expect(first.json["version"] == 2)
        let again = try await api.send(.put, "/api/tasks/\(id)", headers: headers, body: Self.text(task))
        #expect(again.status == 200 && again.headers["Idempotent-Replayed"] == "true")
        task["version"] = 2
        let other = try await api.send(.put, "/api/tasks/\(id)", headers: headers, body: Self.text(task))
        #expect(other.code == "IDEMPOTENCY_KEY_REUSED")
    }

    @Test(arguments: [
        (#"{"title":"a","title":"b"}"#, "title", 13), (#"{"title":"a","\u0074itle":"a"}"#, "title", 13),
        (#"{"title":"a","x":{"y":1,"z":2,"y":3}}"#, "y", 30), (#"{"\n":1,"\n":1}"#, "\n", 8),
    ])
    func `a member that stands twice is 400 with its name`(body: String, name: String, offset: Int) async throws {
        let api = try APIHarness()
        let id = try await api.create()
        for (method, path) in [
            (HTTPMethod.post, "/api/tasks"), (.put, "/api/tasks/\(id)"), (.patch, "/api/tasks/\(id)"),
        ] {
            let answer = try await api.send(method, path, body: body)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(answer.code == "DUPLICATE_MEMBER")
            #expect(answer.details == ["name": .string(name), "offset": .integer(offset)])
        }
    }

    @Test(arguments: [
        "e\u{301}te\u{301}", "\u{e9}t\u{e9}", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽", "שלום \u{200F}עולם", "مرحبا \u{202B}بالعالم\u{202C}",
        "Z\u{336}a\u{301}\u{302}\u{303}l\u{300}", "ガキ", "\u{1112}\u{1161}\u{11ab}", "a\u{FEFF}b", "x\u{2028}y\u{2029}z",
    ])
    func `any text comes back byte for byte`(text: String) async throws {
        let api = try APIHarness()
        let members: JSONObject = ["title": .string(text), "description": .string(text), "tags": [.string(text)]]
        let created = try await api.send(.post, "/api/tasks", body: Self.text(members))
        #expect(created.status == 201, "\(created.text)")
        let id = try #require(created.json["id"]?.stringValue)
        let list = try await api.send(.get, "/api/tasks").json["items"]?[0]
        let read = try await api.send(.get, "/api/tasks/\(id)").json
        for task in [created.json, read, try #require(list)] {
            for value in [task["title"], task["description"], task["tags"]?[0]] {
                #expect(try #require(value?.stringValue).hasSameBytes(as: text))
            }
        }
    }

    @Test func `texts are counted in code points, and told so`() async throws {
        let api = try APIHarness()
        for unit in ["x", "e\u{301}", "👩‍👩‍👧‍👦", "ש"] {
            let size = unit.unicodeScalars.count
            let fitting = String(repeating: unit, count: 200 / size)
            let body = Self.text(["title": .string(fitting)])
            #expect(try await api.send(.post, "/api/tasks", body: body).status == 201)
            let long = String(repeating: unit, count: 200 / size + 1)
            let answer = try await api.send(.post, "/api/tasks", body: Self.text(["title": .string(long)]))
            #expect(answer.faults == ["title": "TOO_LONG"])
            let message = "Give at most 200 code points; there are \(long.unicodeScalars.count)."
            #expect(answer.details?["fields"]?[0]?["message"] == .string(message))
        }
        let answer = try await api.send(.post, "/api/tasks", body: #"{"title":" ","tags":[""]}"#)
        let messages = answer.details?["fields"]?.arrayValue?.compactMap { $0["message"]?.stringValue } ?? []
        #expect(messages == ["Give a title of 1 to 200 code points.", "Give a tag of 1 to 50 code points."])
    }

    @Test func `two tokens are none, and said to be two`() async throws {
        let api = try APIHarness()
        var headers: HTTPHeaders = ["Authorization": "Bearer \(try APIHarness.token("demo"))"]
        headers.add("authorization", "Bearer \(try APIHarness.token("demo"))")
        let answer = await api.send(api.publicAPI, .get, "/api/tasks", headers)
        #expect(answer.status == 401)
        #expect(answer.code == "TOKEN_REPEATED")
    }

    private static func text(_ object: JSONObject) -> String {
        String(decoding: JSONValue.object(object).serialized(), as: UTF8.self)
    }
}
