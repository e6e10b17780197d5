import DaprHTTP
import DaprJSON
import DaprLog
import DoorSupport
import Testing
import WebFront

struct AuthenticationTests {
    @Test(arguments: [
        (["Basic dXNlcjpwYXNz"], "TOKEN_MISSING"), (["Bearer"], "TOKEN_MISSING"), (["Bearer "], "TOKEN_MISSING"),
        ([""], "TOKEN_MISSING"), ([], "TOKEN_MISSING"),
    ])
    func `a request without a bearer token is 401`(values: [String], code: String) async throws {
        let api = try APIHarness()
        var headers = HTTPHeaders()
        for value in values { headers.add("Authorization", value) }
        let answer = await api.send(api.app, .get, "/api/tasks", headers)
        #expect(answer.status == 401)
        #expect(answer.code == code)
        #expect(answer.headers["WWW-Authenticate"] == "Bearer")
    }

    @Test(arguments: BadToken.allCases)
    func `a token that does not hold is 401 with the reason's code`(bad: BadToken) async throws {
        let api = try APIHarness()
        let answer = await api.send(
            api.app,
            .get,
            "/api/tasks",
            ["Authorization": "Bearer \(try bad.token())"]
        )
        #expect(answer.status == 401)
        #expect(answer.code == bad.code)
        #expect(answer.headers["WWW-Authenticate"] == "Bearer error=\"invalid_token\"")
    }

    @Test func `two credentials are none`() async throws {
        let api = try APIHarness()
        var headers = HTTPHeaders()
        headers.add("Authorization", "Bearer \(try APIHarness.token("demo"))")
        headers.add("Authorization", "Bearer \(try APIHarness.token("ada"))")
        let answer = await api.send(api.app, .get, "/api/tasks", headers)
        #expect(answer.status == 401)
    }

    @Test func `the scheme's case does not matter`() async throws {
        let api = try APIHarness()
        let answer = await api.send(
            api.app,
            .get,
            "/api/tasks",
            ["Authorization": "bEARER \(try APIHarness.token("demo"))"]
        )
        #expect(answer.status == 200)
    }

    @Test(arguments: ["a\nb", "\u{7F}", "a\u{0}"])
    func `a subject that is no user's name is 401`(subject: String) async throws {
        let api = try APIHarness()
        let answer = await api.send(
            api.app,
            .get,
            "/api/tasks",
            ["Authorization": "Bearer \(try APIHarness.token(subject))"]
        )
        #expect(answer.status == 401)
        #expect(answer.code == "TOKEN_SUBJECT_INVALID")
    }

    @Test func `another user in the path is 403, whether they exist or not`() async throws {
        let api = try APIHarness()
        let id = try await api.create(as: "ada")
        for user in ["ada", "nobody"] {
            for (method, path, body) in [
                (HTTPMethod.get, "", nil), (.post, "", #"{"title":"x"}"#), (.get, "/\(id)", nil),
                (.put, "/\(id)", #"{"title":"x"}"#), (.patch, "/\(id)", "{}"), (.post, "/\(id)/complete", nil),
                (.post, "/\(id)/reopen", nil), (.delete, "/\(id)", nil),
            ] as [(HTTPMethod, String, String?)] {
                let answer = try await api.send(method, "/api/\(user)/tasks\(path)", as: "demo", body: body)
                #expect(answer.status == 403, "\(method) \(path)")
                #expect(answer.code == "FOREIGN_USER")
            }
        }
        #expect(try await api.send(.get, "/api/ada/tasks/\(id)", as: "ada").status == 200)
    }

    @Test func `a user's name is taken from the path as it was meant, not as it was escaped`() async throws {
        let api = try APIHarness()
        let user = "auth0|a/b ü"
        let created = try await api.send(
            .post,
            "/api/auth0%7Ca%2Fb%20%C3%BC/tasks",
            as: user,
            body: #"{"title":"x"}"#
        )
        #expect(created.status == 201)
        let location = try #require(created.headers["Location"])
        #expect(location.hasPrefix("/api/auth0%7Ca%2Fb%20%C3%BC/tasks/"))
        #expect(try await api.send(.get, location, as: user).status == 200)
    }

    @Test func `who asks is decided before the body is read`() async throws {
        let api = try APIHarness()
        let head = HTTPRequest(
            method: .post,
            target: "/api/tasks",
            headers: ["Content-Length": "1000000000", "Expect": "100-continue"]
        )
        guard case .refuse(let response) = api.app.accept(head) else {
            Issue.record("the head was accepted")
            return
        }
        #expect(response.status == .unauthorized)
    }

    @Test func `another spelling of a token that was taken is refused, as it is before`() async throws {
        let api = try APIHarness()
        // The letter K, and the sign for kelvin, which Swift's text takes for the same.
        var token = try APIHarness.token("demo")
        var seconds = 60
        while !token.suffix(43).contains("K") {
            seconds += 1
            token = try APIHarness.token("demo", issuedAt: APIHarness.now - seconds % 59)
            try #require(seconds < 1000)
        }
        let place = try #require(token.lastIndex(of: "K"))
        let other = token.replacingCharacters(at: place, with: "\u{212A}")
        try #require(other == token)
        for spelling in [other, token, other] {
            let answer = await api.send(api.app, .get, "/api/tasks", ["Authorization": "Bearer \(spelling)"])
            #expect(answer.status == (spelling.utf8.elementsEqual(token.utf8) ? 200 : 401))
        }
    }

    @Test func `another spelling of the user's name in the path is another user`() async throws {
        let api = try APIHarness()
        for (user, path) in [("\u{E9}", "e%CC%81"), ("e\u{301}", "%C3%A9"), ("K", "%E2%84%AA")] {
            for rest in ["tasks", "activity", "changes"] {
                #expect(try await api.send(.get, "/api/\(path)/\(rest)", as: user).status == 403, "\(path)")
            }
        }
        #expect(try await api.send(.get, "/api/e%CC%81/tasks", as: "e\u{301}").status == 200)
    }

    @Test(arguments: ["/health", "/ready", "/openapi.json", "/docs"])
    func `operations need no token`(path: String) async throws {
        let api = try APIHarness()
        for handler in [api.app, api.publicAPI] { #expect(await api.send(handler, .get, path).status == 200) }
    }

    @Test func `no token appears in an answer or a log line`() async throws {
        let api = try APIHarness()
        let token = try APIHarness.token("demo")
        _ = try await api.create(#"{"title":"very secret title"}"#)
        let answer = await api.send(
            api.app,
            .post,
            "/api/tasks",
            ["Authorization": "Bearer \(token)x"],
            "application/json",
            Array("{}".utf8)
        )
        #expect(answer.status == 401)
        #expect(!answer.text.contains(token))
        #expect(api.sink.lines.count == 2)
        for line in api.sink.lines {
            #expect(!line.contains(token.prefix(20)))
            #expect(!line.contains("very secret title"))
        }
    }
}

extension String {
    /// The text with one character replaced.
    fileprivate func replacingCharacters(at place: Index, with other: String) -> String {
        String(self[..<place]) + other + String(self[index(after: place)...])
    }
}
