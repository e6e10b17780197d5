import DaprHTTP
import DoorSupport
import Testing
import WebFront

struct CORSTests {
    private static let origin = "https://app.example"

    private static func preflight(_ api: APIHarness, from origin: String) async -> Answer {
        await api.send(
            api.app,
            .options,
            "/api/tasks",
            ["Origin": origin, "Access-Control-Request-Method": "POST"]
        )
    }

    @Test func `nothing is allowed unless it is configured`() async throws {
        let api = try APIHarness()
        let preflight = await Self.preflight(api, from: Self.origin)
        // Without a header that allows anything, a browser takes it for a no.
        #expect(preflight.status == 204)
        let answer = try await api.send(.get, "/api/tasks", headers: ["Origin": Self.origin])
        #expect(answer.status == 200)
        for headers in [preflight.headers, answer.headers] {
            #expect(!headers.contains { $0.name.hasPrefix("Access-Control") })
        }
    }

    @Test func `a configured origin may ask and read`() async throws {
        let api = try APIHarness { $0.cors = CORSPolicy(origins: [Self.origin]) }
        let preflight = await Self.preflight(api, from: Self.origin)
        #expect(preflight.status == 204)
        #expect(preflight.headers["Access-Control-Allow-Origin"] == Self.origin)
        #expect(preflight.headers["Access-Control-Allow-Methods"]?.contains("PATCH") == true)
        #expect(preflight.headers["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
        #expect(preflight.headers["Access-Control-Max-Age"] == "600")
        #expect(preflight.headers["Vary"] == "Origin")
        for user in ["demo", nil] {
            let answer = try await api.send(.get, "/api/tasks", as: user, headers: ["Origin": Self.origin])
            #expect(answer.status == (user == nil ? 401 : 200))
            #expect(answer.headers["Access-Control-Allow-Origin"] == Self.origin)
            #expect(answer.headers["Access-Control-Expose-Headers"]?.contains("ETag") == true)
            #expect(answer.headers["Access-Control-Allow-Credentials"] == nil)
        }
    }

    @Test(arguments: ["https://app.example.evil", "http://app.example", "null", "HTTPS://APP.EXAMPLE", ""])
    func `an origin that only looks like it is not allowed`(origin: String) async throws {
        let api = try APIHarness { $0.cors = CORSPolicy(origins: [Self.origin]) }
        let preflight = await Self.preflight(api, from: origin)
        #expect(preflight.status == 403)
        #expect(preflight.headers["Access-Control-Allow-Origin"] == nil)
        let answer = try await api.send(.get, "/api/tasks", headers: ["Origin": origin])
        #expect(answer.headers["Access-Control-Allow-Origin"] == nil)
        #expect(answer.headers.values("Vary").contains("Origin"))
    }

    @Test func `a star allows every origin, without credentials`() async throws {
        let api = try APIHarness { $0.cors = CORSPolicy(origins: ["*"]) }
        let preflight = await Self.preflight(api, from: "https://any.example")
        #expect(preflight.status == 204)
        #expect(preflight.headers["Access-Control-Allow-Origin"] == "*")
        let answer = try await api.send(.get, "/api/tasks", headers: ["Origin": "https://any.example"])
        #expect(answer.headers["Access-Control-Allow-Origin"] == "*")
        for headers in [preflight.headers, answer.headers] {
            #expect(headers["Access-Control-Allow-Credentials"] == nil)
        }
    }

    @Test func `a preflight is answered on both ports, whatever the path, and costs no token`() async throws {
        let api = try APIHarness {
            $0.cors = CORSPolicy(origins: [Self.origin])
            $0.rates = RateLimits(ofUser: .init(writes: 1, expensiveReads: 1), refusalDelay: .zero)
        }
        let headers: HTTPHeaders = ["Origin": Self.origin, "Access-Control-Request-Method": "DELETE"]
        for port in [api.app, api.publicAPI] {
            for path in ["/api/tasks", "/api/tasks/x?sort=title", "/nowhere"] {
                for _ in 0..<3 {
                    let answer = await api.send(port, .options, path, headers)
                    #expect(answer.status == 204)
                    #expect(answer.headers["Access-Control-Allow-Methods"]?.contains("DELETE") == true)
                }
            }
        }
    }

    @Test func `a page can read how often it may ask, and when to come back`() async throws {
        let api = try APIHarness {
            $0.cors = CORSPolicy(origins: [Self.origin])
            $0.rates = RateLimits(ofUser: .init(writes: 1, expensiveReads: 1), refusalDelay: .zero)
        }
        var answer = try await api.send(.get, "/api/changes", headers: ["Origin": Self.origin])
        for _ in 0..<5 where answer.status != 429 {
            answer = try await api.send(.get, "/api/changes", headers: ["Origin": Self.origin])
        }
        #expect(answer.status == 429)
        #expect(answer.headers["Access-Control-Allow-Origin"] == Self.origin)
        let exposed = answer.headers["Access-Control-Expose-Headers"]?.split(separator: ", ").map(String.init) ?? []
        for name in ["RateLimit", "RateLimit-Policy", "Retry-After"] {
            #expect(exposed.contains(name) && answer.headers[name] != nil, "\(name)")
        }
    }

    @Test(arguments: [
        "*", "https://app.example", "http://localhost:5173", "https://app.example:8443", "http://127.0.0.1:3000",
        "http://[::1]:3000", "https://xn--bcher-kva.example", "capacitor://localhost", "chrome-extension://abcdef",
        "http://app.example:443",
    ])
    func `what a browser sends as an origin may be configured`(text: String) {
        #expect(CORSPolicy.isOrigin(text))
    }

    @Test(arguments: [
        "null", "", "https://app.example/", "https://app.example/path", "app.example", "https://",
        "https://App.example",
        "HTTPS://app.example", "https://app.example:443", "http://app.example:80", "https://app.example:",
        "https://app.example:0x1", "https://app.example:99999", "https://app.example:080",
        "https://b\u{FC}cher.example",
        "https://*.example", "https://a@b.example", "https://app.example?x", " https://app.example",
        "https:/app.example",
        "://app.example", "https://a:b:1", "**",
    ])
    func `what no page can have as its origin is refused at the start`(text: String) {
        #expect(!CORSPolicy.isOrigin(text))
    }
}
