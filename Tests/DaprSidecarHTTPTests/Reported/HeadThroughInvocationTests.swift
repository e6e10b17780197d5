import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprSidecar
import TestTools
import Testing

@testable import DaprSidecarHTTP

/// `HEAD` is used to learn a size: a false one is worse than none.
struct HeadThroughInvocationTests {
    @Test func `HEAD through an invocation tells no length, and GET the true one`() async throws {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let app = HTTPServer(
            HTTPServer.Configuration(address: .tcp(host: "127.0.0.1", port: 0)),
            on: loops,
            handler: FileApp()
        )
        try await app.start()
        var runtime = RuntimeConfiguration(appID: "orders")
        runtime.appPort = app.port
        let service = try SidecarService(.init(runtime: runtime), resources: LoadedResources(), on: loops)
        try await service.start()
        let port = service.port
        let heads = try await blocking {
            try ["HEAD", "GET"].map { method in
                let client = try RawClient(port: port)
                client.send(
                    "\(method) /v1.0/invoke/orders/method/file HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                return client.receive().text
            }
        }
        #expect(heads[0].hasPrefix("HTTP/1.1 200"))
        #expect(
            heads[0].contains("Content-Type: application/pdf") || heads[0].contains("content-type: application/pdf")
        )
        #expect(!heads[0].lowercased().contains("content-length"))
        #expect(heads[0].hasSuffix("\r\n\r\n"), "no body")
        #expect(heads[1].contains("Content-Length: 12345\r\n"))
        _ = await service.stop()
        await app.drain(within: .zero)
    }
}

private struct FileApp: HTTPHandler {
    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        .collect(limit: 0) { _ in
            HTTPResponse(.ok, headers: ["Content-Type": "application/pdf"], body: Array(repeating: 0x25, count: 12_345))
        }
    }
}
