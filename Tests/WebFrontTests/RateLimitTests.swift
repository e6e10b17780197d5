import DaprHTTP
import DaprJSON
import DoorSupport
import Synchronization
import Testing
import WebFront

/// How often one user, and one client address, may ask for what costs much.
struct RateLimitTests {
    /// The time of a test, which passes when it says so.
    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func pass(_ duration: Duration) { time.withLock { $0 += duration } }
    }

    private static let body = #"{"title":"Buy milk"}"#

    /// The API with two writes and one expensive read a second for a user, and twice that for an address.
    private static func api(
        _ clock: Clock,
        ofUser: RateLimits.Rates = .init(writes: 2, expensiveReads: 1),
        ofAddress: RateLimits.Rates = .unlimited,
        proxies: TrustedProxies = TrustedProxies()
    ) throws -> APIHarness {
        try APIHarness {
            $0.rates = RateLimits(
                ofUser: ofUser,
                ofAddress: ofAddress,
                proxies: proxies,
                refusalDelay: .zero,
                now: { clock.now }
            )
        }
    }

    /// How many of some requests are not refused for their number.
    private static func taken(
        _ api: APIHarness,
        _ count: Int,
        _ method: HTTPMethod,
        _ target: String,
        as user: String = "demo",
        body: String? = nil
    ) async throws -> Int {
        var taken = 0
        for _ in 0..<count {
            let answer = try await api.send(method, target, as: user, body: body)
            if answer.status == 429 {
                #expect(answer.code == "RATE_LIMITED")
            } else {
                #expect(answer.status < 300, "\(answer.text)")
                taken += 1
            }
        }
        return taken
    }

    @Test func `a user's writes are taken twice a second's number at once, and then as time passes`() async throws {
        let clock = Clock()
        let api = try Self.api(clock)
        #expect(try await Self.taken(api, 10, .post, "/api/tasks", body: Self.body) == 4)
        clock.pass(.milliseconds(499))
        #expect(try await Self.taken(api, 3, .post, "/api/tasks", body: Self.body) == 0)
        clock.pass(.milliseconds(1))
        #expect(try await Self.taken(api, 3, .post, "/api/demo/tasks", body: Self.body) == 1)
        // Another user has a bucket of their own, and so have reads.
        #expect(try await Self.taken(api, 10, .post, "/api/tasks", as: "ann", body: Self.body) == 4)
        #expect(try await Self.taken(api, 30, .get, "/api/tasks") == 30)
        #expect(try await Self.taken(api, 10, .get, "/api/tasks?sort=title") == 2)
        clock.pass(.seconds(60))
        #expect(try await Self.taken(api, 10, .post, "/api/tasks", body: Self.body) == 4)
        #expect(api.metric(#"http_requests_limited_total{limit="writes"}"#) == "23")
        #expect(api.metric(#"http_requests_limited_total{limit="expensive-reads"}"#) == "8")
    }

    @Test func `a refusal says when to come back and how much there is, and an answer what is left`() async throws {
        let clock = Clock()
        let api = try Self.api(clock)
        for left in (0..<4).reversed() {
            let answer = try await api.send(.post, "/api/tasks", body: Self.body)
            #expect(answer.status == 201)
            #expect(answer.headers.values("RateLimit-Policy") == [#""writes";q=4;w=2"#])
            #expect(answer.headers.values("RateLimit") == [#""writes";r=\#(left);t=1"#])
        }
        let refused = try await api.send(.post, "/api/tasks", body: Self.body)
        #expect(refused.status == 429 && refused.code == "RATE_LIMITED")
        #expect(refused.details == ["policy": "writes"])
        #expect(refused.headers["Retry-After"] == "1")
        #expect(refused.headers["RateLimit-Policy"] == #""writes";q=4;w=2"#)
        #expect(refused.headers["RateLimit"] == #""writes";r=0;t=1"#)
        // Whoever comes back then finds room.
        clock.pass(.seconds(1))
        let later = try await api.send(.post, "/api/tasks", body: Self.body)
        #expect(later.status == 201 && later.headers["RateLimit"] == #""writes";r=1;t=1"#)
        // What is not limited says nothing of limits.
        let read = try await api.send(.get, "/api/tasks")
        #expect(read.headers["RateLimit"] == nil && read.headers["RateLimit-Policy"] == nil)
        // A refusal for another reason has used a token, and says so too.
        let invalid = try await api.send(.post, "/api/tasks", body: #"{"title":""}"#)
        #expect(invalid.status == 422 && invalid.headers["RateLimit"] == #""writes";r=0;t=1"#)
    }

    @Test func `every change is a write, and is refused before its body is read`() async throws {
        let clock = Clock()
        let api = try Self.api(clock, ofUser: .init(writes: 1, expensiveReads: 0))
        let id = try await api.create()
        #expect(try await api.send(.patch, "/api/tasks/\(id)", body: #"{"priority":"high"}"#).status == 200)
        let writes: [(HTTPMethod, String, String?)] = [
            (.post, "/api/tasks", Self.body), (.put, "/api/tasks/\(id)", Self.body), (.patch, "/api/tasks/\(id)", "{}"),
            (.delete, "/api/tasks/\(id)", nil), (.post, "/api/tasks/\(id)/complete", nil),
            (.post, "/api/demo/tasks/\(id)/reopen", nil),
        ]
        for (method, target, body) in writes {
            #expect(try await api.send(method, target, body: body).code == "RATE_LIMITED", "\(method) \(target)")
        }
        let head = HTTPRequest(
            method: .post,
            target: "/api/tasks",
            headers: [
                "Authorization": "Bearer \(try APIHarness.token("demo"))", "Content-Type": "application/json",
                "Content-Length": "1000", "Expect": "100-continue",
            ]
        )
        guard case .refuse(let answer) = api.app.accept(head) else {
            Issue.record("the body is asked for")
            return
        }
        #expect(answer.status == .tooManyRequests)
        // What is refused for its head takes no token.
        clock.pass(.seconds(1))
        #expect(try await api.send(.post, "/api/tasks", type: "text/plain", body: "x").status == 415)
        #expect(try await api.send(.post, "/api/ann/tasks", body: Self.body).status == 403)
        #expect(try await api.send(.post, "/api/tasks", body: Self.body).status == 201)
    }

    @Test(arguments: [
        ("/api/tasks", false), ("/api/tasks?limit=5&fields=id&tz=UTC", false), ("/api/tasks?status=todo", true),
        ("/api/tasks?limit=5&q=milk", true), ("/api/tasks?filter=completed", true), ("/api/tasks?sort=title", true),
        ("/api/tasks?include=counts", true), ("/api/tasks?due=today", true), ("/api/tasks?%73ort=title", true),
        ("/api/tasks?as_of=0", true), ("/api/changes", true), ("/api/demo/changes?since=0", true),
        ("/api/activity", false),
    ])
    func `what is expensive is told by the endpoint and the query`(target: String, isExpensive: Bool) async throws {
        let api = try Self.api(Clock(), ofUser: .init(writes: 1, expensiveReads: 1))
        var statuses: [Int] = []
        for _ in 0..<4 { statuses.append(try await api.send(.get, target).status) }
        #expect(statuses == (isExpensive ? [200, 200, 429, 429] : [200, 200, 200, 200]))
        #expect(try await api.send(.head, target).status == (isExpensive ? 429 : 200))
    }

    @Test func `a list that the client knows is not counted`() async throws {
        let api = try Self.api(Clock())
        _ = try await api.create()
        let target = "/api/tasks?sort=title"
        let tag = try #require(try await api.send(.get, target).headers["ETag"])
        for _ in 0..<10 {
            let answer = try await api.send(.get, target, headers: ["If-None-Match": tag])
            #expect(answer.status == 304)
            #expect(answer.headers["RateLimit"] == nil)
        }
        #expect(try await Self.taken(api, 5, .get, target) == 1)
    }

    @Test func `a list or a task of the past is counted though the client knows it`() async throws {
        for isList in [true, false] {
            let api = try Self.api(Clock(), ofUser: .init(writes: 1, expensiveReads: 1))
            let target = "/api/tasks\(isList ? "" : "/\(try await api.create())")?as_of=\(isList ? 0 : 1)"
            let tag = try #require(try await api.send(.get, target).headers["ETag"])
            let known = try await api.send(.get, target, headers: ["If-None-Match": tag])
            #expect(known.status == 304 && known.headers["RateLimit"] != nil)
            #expect(try await api.send(.get, target, headers: ["If-None-Match": tag]).status == 429)
        }
    }

    @Test func `a refusal is held back, so that who asks again at once gets few of them`() async throws {
        let clock = Clock()
        let api = try APIHarness {
            let rates = RateLimits.Rates(writes: 1, expensiveReads: 1)
            $0.rates = RateLimits(ofUser: rates, refusalDelay: .milliseconds(50), now: { clock.now })
        }
        #expect(try await Self.taken(api, 2, .get, "/api/changes") == 2)
        let begin = ContinuousClock.now
        #expect(try await Self.taken(api, 3, .get, "/api/changes") == 0)
        #expect(ContinuousClock.now - begin >= .milliseconds(150))
        // Nobody works meanwhile: the connection waits with the body unread.
        let headers: HTTPHeaders = ["Authorization": "Bearer \(try APIHarness.token("demo"))"]
        guard case .later = api.app.accept(HTTPRequest(method: .get, target: "/api/changes", headers: headers)) else {
            Issue.record("the refusal is there at once")
            return
        }
    }

    @Test func `a limit of 0 is none`() async throws {
        let api = try Self.api(Clock(), ofUser: .init(writes: 0, expensiveReads: 1))
        #expect(try await Self.taken(api, 1000, .post, "/api/tasks", body: Self.body) == 1000)
        #expect(try await Self.taken(api, 5, .get, "/api/changes") == 2)
        #expect(try await api.send(.post, "/api/tasks", body: Self.body).headers["RateLimit"] == nil)
    }

    /// The status of a write that comes from an address through a port.
    private static func status(
        _ api: APIHarness,
        from peer: String?,
        as user: String,
        on port: KeyPath<APIHarness, DoorHandler> = \.publicAPI,
        headers more: [String: String] = [:]
    ) async throws -> Int {
        var headers: HTTPHeaders = ["Content-Type": "application/json", "Content-Length": "20"]
        headers.add("Authorization", "Bearer \(try APIHarness.token(user))")
        for (name, value) in more { headers.add(name, value) }
        let request = HTTPRequest(
            method: .post,
            target: "/api/tasks",
            headers: headers,
            body: Array(Self.body.utf8),
            arrival: .init(peer: peer.flatMap { IPAddress($0) })
        )
        return await api[keyPath: port].respond(to: request).status.code
    }

    @Test func `an address is limited over all its users, on the public port alone and never on this machine`()
        async throws
    {
        let api = try Self.api(Clock(), ofUser: .unlimited, ofAddress: .init(writes: 1, expensiveReads: 1))
        for (user, expected) in [("ann", 201), ("bob", 201), ("cem", 429), ("ann", 429)] {
            #expect(try await Self.status(api, from: "192.0.2.1", as: user) == expected)
        }
        #expect(try await Self.status(api, from: "192.0.2.2", as: "ann") == 201)
        // An IPv6 client may use any address of its network.
        for (peer, expected) in [
            ("2001:db8::1", 201), ("2001:db8::2", 201), ("2001:db8::3", 429), ("2001:db8:0:1::1", 201),
        ] {
            #expect(try await Self.status(api, from: peer, as: "ann") == expected)
        }
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.2", nil] {
            for _ in 0..<5 { #expect(try await Self.status(api, from: peer, as: "ann") == 201) }
        }
        for _ in 0..<5 { #expect(try await Self.status(api, from: "192.0.2.1", as: "ann", on: \.app) == 201) }
        #expect(api.metric(#"http_requests_limited_total{limit="writes-of-address"}"#) == "3")
    }

    @Test func `what is refused to one user is not counted to the address that others share`() async throws {
        let user = RateLimits.Rates(writes: 1, expensiveReads: 1)
        let address = RateLimits.Rates(writes: 2, expensiveReads: 2)
        let api = try Self.api(Clock(), ofUser: user, ofAddress: address)
        var statuses: [Int] = []
        for _ in 0..<10 { statuses.append(try await Self.status(api, from: "192.0.2.1", as: "ann")) }
        #expect(statuses == [201, 201] + Array(repeating: 429, count: 8))
        for _ in 0..<2 { #expect(try await Self.status(api, from: "192.0.2.1", as: "bob") == 201) }
        // Now it is the address that has none left.
        #expect(try await Self.status(api, from: "192.0.2.1", as: "cem") == 429)
        #expect(api.metric(#"http_requests_limited_total{limit="writes-of-address"}"#) == "1")
        #expect(api.metric(#"http_requests_limited_total{limit="writes"}"#) == "8")
    }

    @Test func `an address without a token is limited before the token is looked at`() async throws {
        let api = try Self.api(Clock(), ofAddress: .init(writes: 1, expensiveReads: 1))
        var statuses: [Int] = []
        for _ in 0..<4 {
            let arrival = HTTPRequest.Arrival(peer: IPAddress("192.0.2.1"))
            let request = HTTPRequest(method: .post, target: "/api/tasks", arrival: arrival)
            let answer = Answer(await api.publicAPI.respond(to: request))
            statuses.append(answer.status)
            if answer.status == 429 {
                #expect(answer.details == ["policy": "writes-of-address"])
                #expect(answer.headers["RateLimit-Policy"] == #""writes-of-address";q=2;w=2"#)
            }
        }
        #expect(statuses == [401, 401, 429, 429])
    }

    @Test func `behind a trusted proxy the client's address counts, and nobody else is believed`() async throws {
        let proxies = TrustedProxies(["10.0.0.0/8", "127.0.0.0/8"].compactMap(AddressRange.init))
        let limits = RateLimits.Rates(writes: 1, expensiveReads: 1)
        let api = try Self.api(Clock(), ofUser: .unlimited, ofAddress: limits, proxies: proxies)
        func status(_ client: String, by peer: String) async throws -> Int {
            try await Self.status(api, from: peer, as: "ann", headers: ["X-Forwarded-For": client])
        }
        for client in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            #expect(try await status(client, by: "10.0.0.1") == 201)
            // The same client through another proxy, one on this machine; what it wrote before is not believed.
            #expect(try await status("1.1.1.1, \(client), 10.0.0.2", by: "127.0.0.1") == 201)
            #expect(try await status(client, by: "10.0.0.1") == 429)
        }
        // What a proxy calls its own machine is not this one.
        for expected in [201, 201, 429] { #expect(try await status("127.0.0.1", by: "10.0.0.1") == expected) }
        // Who is no proxy gains nothing by another address in each request.
        var statuses: [Int] = []
        for number in 1...4 { statuses.append(try await status("198.51.100.\(number)", by: "203.0.113.9")) }
        #expect(statuses == [201, 201, 429, 429])
        // The operator is told once.
        let warnings = try api.lines().filter { $0["level"] == "warning" }
        #expect(warnings.map { $0["peer"]?.stringValue } == ["203.0.113.9"])
    }

    @Test func `a client behind a proxy on the server's own machine does not hide by two fields that differ`()
        async throws
    {
        let proxies = TrustedProxies(AddressRange.loopback)
        let limits = RateLimits.Rates(writes: 1, expensiveReads: 1)
        let api = try Self.api(Clock(), ofUser: .unlimited, ofAddress: limits, proxies: proxies)
        var statuses: [Int] = []
        for number in 1...4 {
            let headers = ["Forwarded": "for=1.1.1.\(number)", "X-Forwarded-For": "192.0.2.7"]
            statuses.append(try await Self.status(api, from: "127.0.0.1", as: "ann", headers: headers))
        }
        #expect(statuses == [201, 201, 429, 429])
        // What this machine asks for itself is not limited, and a proxy that is known is nothing to tell of.
        for _ in 0..<4 { #expect(try await Self.status(api, from: "127.0.0.1", as: "ann") == 201) }
        #expect(try api.lines().allSatisfy { $0["level"] != "warning" })
    }

    @Test func `events of the sidecar are not limited`() async throws {
        let api = try Self.api(Clock(), ofUser: .init(writes: 1, expensiveReads: 1))
        for number in 0..<20 {
            let event =
                #"{"specversion":"1.0","id":"\#(number)","source":"/x","type":"task.create","#
                + #""datacontenttype":"application/json","data":{"user_id":"demo","title":"x"}}"#
            let answer = await api.send(
                api.app,
                .post,
                "/events/task-commands",
                [:],
                "application/cloudevents+json",
                Array(event.utf8)
            )
            #expect(answer.status == 200)
        }
        #expect(try await api.send(.get, "/api/tasks").json["total"] == 20)
        #expect(api.metric(#"http_requests_limited_total{limit="writes"}"#) == "0")
    }

    @Test func `a user's request that waited too long is refused, and a probe is not`() async throws {
        let api = try APIHarness()
        func answer(_ target: String, waited: Duration) async throws -> Answer {
            let headers: HTTPHeaders = ["Authorization": "Bearer \(try APIHarness.token("demo"))"]
            let request = HTTPRequest(method: .get, target: target, headers: headers, arrival: .init(waited: waited))
            return Answer(await api.app.respond(to: request))
        }
        #expect(try await answer("/api/tasks", waited: .seconds(1)).status == 200)
        let refused = try await answer("/api/tasks", waited: .milliseconds(1001))
        #expect(refused.status == 503 && refused.code == "SERVER_OVERLOADED")
        #expect(refused.headers["Retry-After"] == "1")
        #expect(try await answer("/health", waited: .seconds(30)).status == 200)
        #expect(api.metric(#"http_requests_limited_total{limit="wait"}"#) == "1")
    }
}
