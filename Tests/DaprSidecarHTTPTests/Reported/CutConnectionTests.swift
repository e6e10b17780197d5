import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprLibcurl
import DaprSidecar
import Synchronization
import Testing

@testable import DaprSidecarHTTP

/// An application that breaks a connection which it kept.
struct CutConnectionTests {
    @Test(arguments: ["GET", "HEAD", "POST", "PUT", "DELETE"])
    func `a request is brought to the application once, also when the connection breaks under it`(
        method: String
    )
        async throws
    {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let app = CuttingApp()
        let server = HTTPServer(
            HTTPServer.Configuration(address: .tcp(host: "127.0.0.1", port: 0)),
            on: loops,
            handler: app
        )
        try await server.start()
        let client = try CurlClient(on: loops)
        let channel = CurlAppChannel(client: client, port: server.port)
        #expect(try await channel.send(AppRequest(method: "GET", target: "/kept")).status == 200)
        let error = await #expect(throws: AppChannelError.self) {
            try await channel.send(AppRequest(method: method, target: "/broken"))
        }
        guard case .failed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(app.broken.withLock { $0 } == 1)
        #expect(try await channel.send(AppRequest(method: method, target: "/kept")).status == 200)
        await client.shutdown()
        await server.drain(within: .zero)
    }
}

private final class CuttingApp: HTTPHandler {
    let broken = Mutex(0)

    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        .collect(limit: 100) { [self] request in
            guard request.path == "/broken" else { return HTTPResponse(.ok) }
            broken.withLock { $0 += 1 }
            return .cut(.broken)
        }
    }
}
