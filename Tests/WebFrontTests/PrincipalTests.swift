import DaprHTTP
import DaprJSON
import DoorSupport
import Tasks
import TestTools
import Testing
import Tokens

@testable import WebFront

/// Who asks, and when that is looked up again.
struct PrincipalTests {
    private static func bearing(_ token: String) -> HTTPHeaders { ["Authorization": "Bearer \(token)"] }

    @Test func `a remembered token is refused at once when its key is removed, and taken when that is back`()
        async throws
    {
        let api = try APIHarness()
        let headers = Self.bearing(try APIHarness.token("demo"))
        for _ in 0..<2 { #expect(await api.send(api.app, .get, "/api/tasks", headers).status == 200) }
        api.trust.replace(verifier: try APIHarness.verifier(secret: Array(repeating: 7, count: 32)))
        for handler in [api.app, api.publicAPI] {
            let refused = await api.send(handler, .get, "/api/tasks", headers)
            #expect(refused.status == 401)
            #expect(refused.code == "TOKEN_SIGNATURE_INVALID")
        }
        let new = Self.bearing(try APIHarness.token("demo", secret: Array(repeating: 7, count: 32)))
        #expect(await api.send(api.app, .get, "/api/tasks", new).status == 200)
        api.trust.replace(verifier: try APIHarness.verifier())
        #expect(await api.send(api.app, .get, "/api/tasks", headers).status == 200)
        #expect(await api.send(api.app, .get, "/api/tasks", new).status == 401)
    }

    @Test func `what was verified with one generation is worth nothing in another`() throws {
        let token = "Bearer x.y.z"
        let verified = VerifiedTokens()
        let principal = try #require(Principal(subject: "demo", proof: .token(issuer: nil), tokenID: "t1"))
        verified.insert(token, principal: principal, expiresAt: 100, now: 1, generation: 3)
        #expect(verified.principal(of: token, now: 1, generation: 3) === principal)
        #expect(verified.principal(of: token, now: 1, generation: 4) == nil)
        #expect(verified.principal(of: token, now: 1, generation: 2) == nil)
        // Verified with what was replaced meanwhile: not remembered, and nothing newer is forgotten for it.
        verified.insert("other", principal: principal, expiresAt: 100, now: 1, generation: 2)
        #expect(verified.principal(of: "other", now: 1, generation: 2) == nil)
        #expect(verified.principal(of: "other", now: 1, generation: 3) == nil)
        #expect(verified.principal(of: token, now: 1, generation: 3) === principal)
        // One that is newer ends all that is older.
        verified.insert("other", principal: principal, expiresAt: 100, now: 1, generation: 4)
        #expect(verified.principal(of: token, now: 1, generation: 3) == nil)
        #expect(verified.principal(of: token, now: 1, generation: 4) == nil)
    }

    @Test func `what takes tokens decides at once`() throws {
        let api = try APIHarness()
        var headers = Self.bearing(try APIHarness.token("demo"))
        headers["Content-Type"] = "application/json"
        headers["Content-Length"] = "2"
        for (method, target) in [(HTTPMethod.get, "/api/tasks"), (.post, "/api/tasks"), (.get, "/api/demo/activity")] {
            for _ in 0..<2 {
                // First verified, then remembered.
                guard case .collect = api.app.accept(HTTPRequest(method: method, target: target, headers: headers))
                else {
                    Issue.record("\(method) \(target) waits or is refused")
                    continue
                }
            }
        }
        guard case .refuse = api.app.accept(HTTPRequest(method: .get, target: "/api/tasks")) else {
            Issue.record("without a token it waits")
            return
        }
    }

    /// Looks sessions up by a cookie, when a gate lets it.
    private static func sessions(_ door: TestTools.Gate) -> Authenticator {
        Authenticator { head throws(WebFault) in
            guard let cookie = head.headers["Cookie"] else { throw .tokenMissing }
            return .later { () async throws(WebFault) in
                await door.pass()
                guard cookie == "session=1", let principal = Principal(subject: "demo", proof: .session) else {
                    throw .tokenRefused(.expired)
                }
                return principal
            }
        }
    }

    @Test func `who asks may be looked up first, and all else holds as before`() async throws {
        let door = TestTools.Gate()
        let api = try APIHarness { $0.authenticator = Self.sessions(door) }
        async let first = api.send(
            api.app,
            .post,
            "/api/tasks",
            ["Cookie": "session=1"],
            "application/json",
            Array(#"{"title":"x"}"#.utf8)
        )
        try await eventually("somebody is asked") { door.count == 1 }
        #expect(api.service.contexts.isEmpty)
        door.open()
        let created = await first
        #expect(created.status == 201)
        #expect(created.json["user_id"] == "demo")
        #expect(try api.lines().last?["user"] == "2a97516c354b6884")
        let good: HTTPHeaders = ["Cookie": "session=1"]
        #expect(await api.send(api.app, .get, "/api/demo/tasks", good).json["total"] == 1)
        #expect(await api.send(api.app, .get, "/api/ada/tasks", good).code == "FOREIGN_USER")
        let text = await api.send(api.app, .post, "/api/tasks", good, "text/plain", Array("x".utf8))
        #expect(text.code == "UNSUPPORTED_MEDIA_TYPE")
        let refused = await api.send(api.app, .get, "/api/tasks", ["Cookie": "session=2"])
        #expect(refused.status == 401)
        #expect(refused.code == "TOKEN_EXPIRED")
        #expect(await api.send(api.app, .get, "/api/tasks").code == "TOKEN_MISSING")
        // One line and one count for each request, when it was answered.
        #expect(try api.lines().count == 6)
        #expect(api.metric(#"http_requests_total{method="GET",route="/api/tasks",status="401"}"#) == "2")
    }

    @Test func `the bytes of a body are counted once its sender was looked up, and given back`() async throws {
        let door = TestTools.Gate(isOpen: true)
        let api = try APIHarness {
            $0.authenticator = Self.sessions(door)
            $0.inFlight = .init(perOwner: 200 << 10, inAll: 1 << 20)
        }
        let head = HTTPRequest(
            method: .post,
            target: "/api/tasks",
            headers: ["Cookie": "session=1", "Content-Type": "application/json", "Content-Length": "150000"]
        )
        func decide() async -> HTTPAcceptance {
            guard case .later(let decide) = api.app.accept(head) else { return .refuse(HTTPResponse(.ok)) }
            return await decide()
        }
        var first: HTTPAcceptance? = await decide()
        guard case .collect = first, case .refuse(let refusal) = await decide() else {
            Issue.record("they were not counted")
            return
        }
        #expect(refusal.status == .tooManyRequests)
        first = nil
        guard case .collect = await decide() else {
            Issue.record("they were not given back")
            return
        }
    }

    @Test(arguments: ["", "a\nb", "\u{7F}", "a\u{0}", "\u{80}", "\u{9F}x", String(repeating: "x", count: 256)])
    func `a subject that is no name makes no principal and no owner`(subject: String) {
        #expect(Principal(subject: subject, proof: .session) == nil)
        #expect(OwnerID(subject) == nil)
    }

    @Test(arguments: ["a", "\u{A0}", "auth0|a/b ü", "é", "e\u{301}", "😀", String(repeating: "x", count: 255)])
    func `whoever can ask can own tasks`(subject: String) throws {
        #expect(try #require(Principal(subject: subject, proof: .session)).subject.utf8.elementsEqual(subject.utf8))
        #expect(OwnerID(subject) != nil)
    }
}
