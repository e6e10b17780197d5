import DaprHTTP
import DaprJSON
import DoorSupport
import Testing

@testable import WebFront

/// Bytes on their way: what one owner sends or does not read takes no room from others.
struct InFlightTests {
    private static let long = String(repeating: "x", count: 9000)

    /// A list of about 90 KB.
    private static func withLongList(
        _ limits: Allotment.Limits,
        of users: [String] = ["demo"]
    ) async throws -> APIHarness {
        let api = try APIHarness { $0.inFlight = limits }
        for user in users {
            for _ in 0..<10 { _ = try await api.create(#"{"title":"x","description":"\#(long)"}"#, as: user) }
        }
        return api
    }

    private static func list(_ api: APIHarness, as user: String = "demo") async throws -> HTTPResponse {
        let headers: HTTPHeaders = ["Authorization": "Bearer \(try APIHarness.token(user))"]
        return await api.app.respond(to: HTTPRequest(method: .get, target: "/api/tasks", headers: headers))
    }

    @Test func `answers that are not read are refused beyond a user's share, and given again when they are`()
        async throws
    {
        let api = try await Self.withLongList(.init(perOwner: 200 << 10, inAll: 1 << 20), of: ["demo", "ann"])
        var unread: [HTTPResponse] = []
        for _ in 0..<2 { unread.append(try await Self.list(api)) }
        #expect(unread.allSatisfy { $0.status == .ok && $0.bytes.count > 80_000 })
        let refused = Answer(try await Self.list(api))
        #expect(refused.status == 429)
        #expect(refused.code == "TOO_MUCH_IN_FLIGHT")
        #expect(refused.headers["Retry-After"] == "1")
        // What is short is answered, and so are others.
        #expect(try await api.send(.get, "/api/tasks?limit=1").status == 200)
        #expect(try await Self.list(api, as: "ann").status == .ok)
        unread = []
        #expect(try await Self.list(api).status == .ok)
        #expect(api.metric("tasks_in_flight_bytes") == "0")
    }

    @Test func `when all together have too much on its way the next is 503`() async throws {
        let users = (0..<4).map { "u\($0)" }
        let api = try await Self.withLongList(.init(perOwner: 200 << 10, inAll: 300 << 10), of: users)
        var unread: [HTTPResponse] = []
        for user in users.prefix(3) { unread.append(try await Self.list(api, as: user)) }
        #expect(unread.allSatisfy { $0.status == .ok })
        let refused = Answer(try await Self.list(api, as: users[3]))
        #expect(refused.status == 503)
        #expect(refused.code == "SERVER_BUSY")
        unread.removeFirst()
        #expect(try await Self.list(api, as: users[3]).status == .ok)
    }

    @Test(arguments: [[("Content-Length", "150000")], [("Transfer-Encoding", "chunked")]])
    func `bodies are counted from their head on, and given back when they are lost`(
        framing: [(String, String)]
    ) throws {
        let api = try APIHarness { $0.inFlight = .init(perOwner: 200 << 10, inAll: 1 << 20) }
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        for (name, value) in framing { headers.add(name, value) }
        headers.add("Authorization", "Bearer \(try APIHarness.token("demo"))")
        let head = HTTPRequest(method: .post, target: "/api/tasks", headers: headers)
        var accepted: HTTPAcceptance? = api.app.accept(head)
        guard case .collect = accepted else {
            Issue.record("the first is refused")
            return
        }
        guard case .refuse(let refusal) = api.app.accept(head) else {
            Issue.record("the second is taken")
            return
        }
        #expect(refusal.status == .tooManyRequests)
        // Nobody keeps it any more: the connection is gone.
        accepted = nil
        guard case .collect = api.app.accept(head) else {
            Issue.record("the third is refused")
            return
        }
    }

    @Test func `a write is answered whatever is on its way`() async throws {
        let api = try await Self.withLongList(.init(perOwner: 1, inAll: 1))
        let unread = try await Self.list(api)
        #expect(unread.status == .ok)
        let body = #"{"title":"x","description":"\#(String(repeating: "\u{1F600}", count: 3000))"}"#
        #expect(body.utf8.count < BytesInFlight.shortest)
        #expect(try await api.send(.post, "/api/tasks", body: body).status == 201)
        #expect(try await Self.list(api).status == .tooManyRequests)
    }
}
