import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprSidecar
import Synchronization
import TestTools
import Testing

@testable import DaprSidecarHTTP

/// Which requests a sidecar takes for those of a foreign page.
@Suite struct OriginPolicyTests {
    private static let local = OriginPolicy(addresses: [
        .tcp(host: "127.0.0.1", port: 3500), .tcp(host: "::1", port: 3500),
    ])

    private func status(_ policy: OriginPolicy, _ headers: HTTPHeaders, _ method: HTTPMethod = .get) async -> Int {
        let guarded = OriginGuard(handler: Anything(), policy: policy, onRefusal: nil)
        return await guarded.respond(to: HTTPRequest(method: method, path: "/v1.0/x", headers: headers)).status.code
    }

    @Test(arguments: [
        "127.0.0.1", "127.0.0.1:3500", "127.1.2.3:80", "localhost", "LocalHost:3500", "localhost.:3500", "[::1]",
        "[::1]:3500",
    ])
    func `a Host of this machine is taken`(host: String) async {
        #expect(await status(Self.local, ["Host": host]) == 200)
        #expect(
            await status(Self.local, ["Host": host, "Origin": "http://\(host)"]) == 200,
            "a page of the sidecar's own"
        )
    }

    @Test(arguments: [
        "evil.example", "evil.example:3500", "127.0.0.1.evil.example", "localhost.evil.example", "evil.localhost",
        "127.0.0.1@evil.example", "10.0.0.1", "[fe80::1]:3500", "128.0.0.1", "127.0.0.256", "127.0.0",
        "127.0.0.1:99999",
        "127.0.0.1:", "127.0.0.1:+80", "", "localhost\u{301}", "127.0.0.1\u{301}", "\u{FF4C}ocalhost", "[::1", "::1",
        "localhost:3500:3500", "+127.0.0.1", "loca\u{212A}host",
    ])
    func `a foreign Host is refused`(host: String) async {
        #expect(await status(Self.local, ["Host": host]) == 403)
        #expect(await status(Self.local, ["Host": host, "Origin": "http://\(host)"]) == 403)
    }

    @Test(arguments: [
        "http://evil.example", "http://evil.example:3500", "null", "http://localhost:5173", "https://localhost:3500",
        "http://127.0.0.1:3500", "http://localhost:3500/", "http://localhost:3500\u{301}", "file://", "",
        "http://localhost:3500 http://evil.example",
    ])
    func `a foreign Origin is refused`(origin: String) async {
        #expect(await status(Self.local, ["Host": "localhost:3500", "Origin": origin], .post) == 403)
        #expect(await status(Self.local, ["Host": "localhost:3500", "Origin": origin], .options) == 403)
    }

    @Test func `of several Origin lines none is believed`() async {
        var headers: HTTPHeaders = ["Host": "localhost:3500", "Origin": "http://localhost:3500"]
        headers.add("Origin", "http://evil.example")
        #expect(await status(Self.local, headers) == 403)
    }

    @Test func `a request across sites without an Origin is refused, one that was typed or came by no browser is not`()
        async
    {
        #expect(await status(Self.local, ["Host": "localhost", "Sec-Fetch-Site": "cross-site"]) == 403)
        for site in ["none", "same-origin", "same-site"] {
            #expect(await status(Self.local, ["Host": "localhost", "Sec-Fetch-Site": site]) == 200)
        }
        // As HTTP/1.0 may.
        #expect(await status(Self.local, [:]) == 200)
    }

    @Test func `an address that is listened on is taken, and with every interface every address, never a name`() async {
        let one = OriginPolicy(addresses: [.tcp(host: "10.1.2.3", port: 1)])
        #expect(await status(one, ["Host": "10.1.2.3:1"]) == 200)
        #expect(await status(one, ["Host": "10.1.2.4:1"]) == 403)
        for host in ["0.0.0.0", "::"] {
            let all = OriginPolicy(addresses: [.tcp(host: host, port: 1)])
            #expect(await status(all, ["Host": "10.1.2.4:1"]) == 200)
            #expect(await status(all, ["Host": "[fd00::1]:1"]) == 200)
            #expect(await status(all, ["Host": "evil.example:1"]) == 403)
        }
    }

    @Test func `a page that is let in can ask beforehand, read the answer, and use its own host's name`() async throws {
        let origin = try #require(WebOrigin("http://pages.example:5173"))
        let policy = OriginPolicy(addresses: [.tcp(host: "127.0.0.1", port: 1)], origins: [origin])
        let guarded = OriginGuard(handler: Anything(), policy: policy, onRefusal: nil)
        let asked = await guarded.respond(
            to: HTTPRequest(
                method: .options,
                path: "/v1.0/state/s",
                headers: [
                    "Host": "localhost:1", "Origin": "http://pages.example:5173",
                    "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type",
                    "Access-Control-Request-Private-Network": "true",
                ]
            )
        )
        #expect(asked.status.code == 204)
        #expect(asked.headers["access-control-allow-origin"] == "http://pages.example:5173")
        #expect(asked.headers["access-control-allow-methods"] == "POST")
        #expect(asked.headers["access-control-allow-headers"] == "content-type")
        #expect(asked.headers["access-control-allow-private-network"] == "true")
        let answer = await guarded.respond(
            to: HTTPRequest(
                method: .get,
                path: "/v1.0/state/s/k",
                headers: ["Host": "localhost:1", "Origin": "http://pages.example:5173", "Sec-Fetch-Site": "cross-site"]
            )
        )
        #expect(answer.status.code == 200)
        #expect(answer.headers["access-control-allow-origin"] == "http://pages.example:5173")
        #expect(answer.headers["vary"] == "Origin")
        #expect(await status(policy, ["Host": "pages.example:1"]) == 200)
        #expect(await status(policy, ["Host": "localhost:1", "Origin": "http://pages.example"]) == 403)
        #expect(await status(policy, ["Host": "localhost:1", "Origin": "http://pages.example:5173.evil"]) == 403)
    }

    @Test func `who lets every page in is asked nothing`() async {
        let policy = OriginPolicy(addresses: [], takesAll: true)
        #expect(await status(policy, ["Host": "evil.example", "Origin": "null"]) == 200)
        let socket = OriginPolicy(addresses: [.unix(path: "/run/x")])
        #expect(await status(socket, ["Host": "whatever"]) == 200, "no browser comes by a socket")
    }

    @Test func `a refusal says what to do, and is told`() async {
        let told = Told()
        let guarded = OriginGuard(handler: Anything(), policy: Self.local) { told.add($0) }
        let answer = await guarded.respond(
            to: HTTPRequest(method: .get, path: "/v1.0/secrets/s/k", headers: ["Host": "evil.example"])
        )
        let text = String(decoding: answer.bytes, as: UTF8.self)
        #expect(text.contains("ERR_PERMISSION_DENIED") && text.contains("--allow-origin"), "\(text)")
        #expect(told.errors.map(\.status) == [403])
    }

    @Test(arguments: [
        "https://a/", "a", "*", "http://", "ftp://a", "http://a/b", "http://u@a", "http://a:x", "null", "http://a b",
        "",
    ])
    func `a text that is no origin is none`(text: String) { #expect(WebOrigin(text) == nil) }

    @Test func `a whole sidecar has the policy of its addresses`() async throws {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        var configuration = SidecarService.Configuration(runtime: RuntimeConfiguration(appID: "x"))
        configuration.allowedOrigins = Set([WebOrigin("http://pages.example")].compactMap(\.self))
        let service = try SidecarService(configuration, resources: LoadedResources(), on: loops)
        try await service.start()
        for (line, status) in [
            ("Host: 127.0.0.1", "204"), ("Host: evil.example", "403"),
            ("Host: localhost\r\nOrigin: http://evil.example", "403"),
            ("Host: localhost\r\nOrigin: http://pages.example", "204"),
        ] {
            let client = try RawClient(port: service.port)
            client.send("GET /v1.0/healthz/outbound HTTP/1.1\r\n\(line)\r\nConnection: close\r\n\r\n")
            let answer = client.receive().text
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(line): \(answer)")
        }
        _ = await service.stop()
    }
}

/// Answers everything.
private struct Anything: HTTPHandler {
    func accept(_ head: HTTPRequest) -> HTTPAcceptance { .collect(limit: 10) { _ in HTTPResponse(.ok) } }
}

private final class Told: Sendable {
    private let list = Mutex<[APIError]>([])
    var errors: [APIError] { list.withLock { $0 } }
    func add(_ error: APIError) { list.withLock { $0.append(error) } }
}
