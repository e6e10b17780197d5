import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprJSON
import DaprLibcurl
import DaprSidecar
import Synchronization
import TestTools
import Testing

@testable import DaprSidecarHTTP

/// The whole sidecar over sockets, with an application behind it.
struct SidecarServiceTests {
    @Test func `an event goes through the sidecar to the application`() async throws {
        try await withLoops { loops in
            let app = StubApp()
            try await app.serve(on: loops) { appPort in
                try await withService(on: loops, appPort: appPort) { service, client in
                    try await eventually { try await client.status("GET", "\(service.origin)/v1.0/healthz") == 204 }
                    let published = try await client.send(
                        CurlRequest(
                            method: "POST",
                            url: "\(service.origin)/v1.0/publish/bus/t",
                            headers: [("Content-Type", "application/json")],
                            body: Array(#"{"n":1}"#.utf8)
                        )
                    )
                    #expect(published.status == 204)
                    try await eventually { !app.events.isEmpty }
                    let event = try #require(app.events.first)
                    #expect(event.headers["dapr-api-token"] == "app-secret")
                    #expect(event.headers["content-type"] == "application/cloudevents+json")
                    #expect(try JSONValue(parsing: event.body)["data"]?["n"] == 1)
                }
            }
        }
    }

    @Test func `a head that is too long is refused, one within the slack is not`() async throws {
        try await withLoops { loops in
            try await withService(on: loops, appPort: nil) { service, client in
                let url = "\(service.origin)/v1.0/healthz/outbound"
                func status(_ count: Int) async throws -> Int {
                    try await client.send(
                        CurlRequest(url: url, headers: [("X-Long", String(repeating: "x", count: count))])
                    ).status
                }
                let (fitting, tooLong) = (try await status(7_900), try await status(9_000))
                #expect(fitting == 204)
                #expect(tooLong == 431)
            }
        }
    }

    @Test func `a port that something listens on is refused`() async throws {
        try await withLoops { loops in
            try await withService(on: loops, appPort: nil) { first, _ in
                let second = try service(on: loops, appPort: nil, port: first.port)
                let error = await #expect(throws: SidecarServiceError.self) { try await second.start() }
                #expect(try #require(error).description.contains("127.0.0.1:\(first.port)"))
            }
        }
    }

    @Test func `all addresses have one port, also a free one, and are given up together`() async throws {
        try await withLoops { loops in
            var configuration = SidecarService.Configuration(runtime: RuntimeConfiguration(appID: "x"))
            configuration.addresses = [.tcp(host: "127.0.0.1", port: 0), .tcp(host: "127.0.0.2", port: 0)]
            let service = try SidecarService(configuration, resources: LoadedResources(), on: loops)
            try await service.start()
            let client = try CurlClient(on: loops)
            for host in ["127.0.0.1", "127.0.0.2"] {
                let url = "http://\(host):\(service.port)/v1.0/healthz/outbound"
                #expect(try await client.status("GET", url) == 204)
            }
            configuration.addresses = [.tcp(host: "127.0.0.3", port: 0), .tcp(host: "127.0.0.2", port: service.port)]
            let other = try SidecarService(configuration, resources: LoadedResources(), on: loops)
            await #expect(throws: SidecarServiceError.self) { try await other.start() }
            #expect(other.port == 0)
            await client.shutdown()
            _ = await service.stop()
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func `an application by the name localhost is found on either address`(host: String) async throws {
        try await withLoops { loops in
            let app = HTTPServer(
                HTTPServer.Configuration(address: .tcp(host: host, port: 0)),
                on: loops,
                handler: StubApp()
            )
            do throws(HTTPServerError) {
                try await app.start()
            } catch {
                // A system without IPv6 has nothing to find there.
                try #require(host == "::1", "\(error)")
                return
            }
            let client = try CurlClient(on: loops)
            let channel = CurlAppChannel(client: client, host: "localhost", port: app.port)
            let answer = try await channel.send(AppRequest(method: "GET", target: "/dapr/config"))
            #expect(answer.status == 404)
            await client.shutdown()
            await app.drain(within: .zero)
        }
    }

    @Test func `a component that cannot be opened is refused by name`() async throws {
        try await withLoops { loops in
            var resources = LoadedResources()
            resources.components = [ComponentDefinition(name: "broker", type: "pubsub.kafka")]
            let service = try SidecarService(
                SidecarService.Configuration(runtime: RuntimeConfiguration(appID: "a")),
                resources: resources,
                on: loops
            )
            let error = await #expect(throws: SidecarServiceError.self) { try await service.start() }
            #expect(try #require(error).description.contains("broker"))
        }
    }

    @Test func `after the end nothing listens any more`() async throws {
        try await withLoops { loops in
            let service = try service(on: loops, appPort: nil)
            try await service.start()
            let client = try CurlClient(on: loops)
            #expect(try await client.status("GET", "\(service.origin)/v1.0/healthz") == 204)
            let origin = service.origin
            await service.announceStop()
            #expect(await service.stop())
            await #expect(throws: CurlError.self) { try await client.status("GET", "\(origin)/v1.0/healthz") }
            await client.shutdown()
        }
    }

    // MARK: The way to the application

    @Test func `an application that does not listen is unreachable`() async throws {
        try await withLoops { loops in
            let client = try CurlClient(on: loops)
            let channel = CurlAppChannel(client: client, port: 1)
            await #expect {
                try await channel.send(AppRequest(method: "GET", target: "/"))
            } throws: { error in
                guard case .unreachable = error as? AppChannelError else { return false }
                return true
            }
            await client.shutdown()
        }
    }

    @Test func `an application that is too slow times out, and a cancelled call ends`() async throws {
        try await withLoops { loops in
            let app = StubApp()
            try await app.serve(on: loops) { port in
                let client = try CurlClient(on: loops)
                let channel = CurlAppChannel(client: client, port: port)
                await #expect(throws: AppChannelError.timedOut) {
                    try await channel.send(AppRequest(method: "POST", target: "/never", timeout: .milliseconds(100)))
                }
                let call = Task { try await channel.send(AppRequest(method: "POST", target: "/never")) }
                try await eventually { app.waiting >= 2 }
                call.cancel()
                await #expect(throws: AppChannelError.cancelled) { try await call.value }
                await client.shutdown()
            }
        }
    }

    @Test func `an answer that is too long is a failure`() async throws {
        try await withLoops { loops in
            let app = StubApp()
            try await app.serve(on: loops) { port in
                let client = try CurlClient(on: loops)
                let channel = CurlAppChannel(client: client, port: port, answerLimit: 10)
                await #expect {
                    try await channel.send(AppRequest(method: "GET", target: "/long"))
                } throws: { error in
                    guard case .failed = error as? AppChannelError else { return false }
                    return true
                }
                await client.shutdown()
            }
        }
    }
}

/// An application: it subscribes to the topic `t`, keeps the events, and knows paths that misbehave.
private final class StubApp: HTTPHandler {
    private let state = Mutex((events: [HTTPRequest](), waiting: 0))

    var events: [HTTPRequest] { state.withLock { $0.events } }
    var waiting: Int { state.withLock { $0.waiting } }

    func accept(_ head: HTTPRequest) -> HTTPAcceptance { .collect(limit: 1 << 20) { await self.answer($0) } }

    private func answer(_ request: HTTPRequest) async -> HTTPResponse {
        switch request.path {
        case "/dapr/subscribe":
            return HTTPResponse(.ok, body: Array(#"[{"pubsubname":"bus","topic":"t","route":"/on/t"}]"#.utf8))
        case "/on/t":
            state.withLock { $0.events.append(request) }
            return HTTPResponse(.ok)
        case "/never":
            state.withLock { $0.waiting += 1 }
            // Ends when the server cancels the request.
            try? await Task.sleep(for: .seconds(600))
            return HTTPResponse(.ok)
        case "/long": return HTTPResponse(.ok, body: Array(repeating: 0x78, count: 11))
        default: return HTTPResponse(.notFound)
        }
    }

    func serve(on loops: EventLoopGroup, _ body: (Int) async throws -> Void) async throws {
        let server = HTTPServer(
            HTTPServer.Configuration(address: .tcp(host: "127.0.0.1", port: 0)),
            on: loops,
            handler: self
        )
        try await server.start()
        do {
            try await body(server.port)
        } catch {
            await server.drain(within: .zero)
            throw error
        }
        await server.drain(within: .zero)
    }
}

private func service(on loops: EventLoopGroup, appPort: Int?, port: Int = 0) throws -> SidecarService {
    var runtime = RuntimeConfiguration(appID: "orders")
    runtime.appPort = appPort
    runtime.appAPIToken = "app-secret"
    var configuration = SidecarService.Configuration(runtime: runtime)
    configuration.addresses = [.tcp(host: "127.0.0.1", port: port)]
    var resources = LoadedResources()
    resources.components = [ComponentDefinition(name: "bus", type: "pubsub.in-memory")]
    return try SidecarService(configuration, resources: resources, on: loops)
}

private func withService(
    on loops: EventLoopGroup,
    appPort: Int?,
    _ body: (SidecarService, CurlClient) async throws -> Void
) async throws {
    let service = try service(on: loops, appPort: appPort)
    try await service.start()
    let client = try CurlClient(on: loops)
    do {
        try await body(service, client)
    } catch {
        await client.shutdown()
        _ = await service.stop()
        throw error
    }
    await client.shutdown()
    _ = await service.stop()
}

private func withLoops(_ body: (EventLoopGroup) async throws -> Void) async throws {
    let loops = try EventLoopGroup(count: 2)
    do {
        try await body(loops)
    } catch {
        loops.shutdown()
        throw error
    }
    loops.shutdown()
}

extension SidecarService {
    fileprivate var origin: String { "http://127.0.0.1:\(port)" }
}

extension CurlClient {
    fileprivate func status(_ method: String, _ url: String) async throws(CurlError) -> Int {
        try await send(CurlRequest(method: method, url: url)).status
    }
}
