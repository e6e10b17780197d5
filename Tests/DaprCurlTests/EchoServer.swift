import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import Synchronization
import TestTools

/// A server on a free port that tells what it got, and waits or grows where the path says so.
struct EchoServer: HTTPHandler {
    private let gate = Gate()

    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        .collect(limit: 1 << 20) { [gate] request in
            if request.path.hasSuffix("/hang") {
                await gate.pass()
                return HTTPResponse(.ok)
            }
            if request.path.hasSuffix("/long") { return HTTPResponse(.ok, body: Array(repeating: 0x61, count: 70_000)) }
            if request.path.hasSuffix("/missing") { return HTTPResponse(.noContent) }
            var headers: HTTPHeaders = ["ETag": "e-1", "metadata.ttlExpireTime": "2026-08-14T10:00:00Z"]
            headers["x-method"] = request.method.rawValue
            headers["x-target"] = request.target
            headers["x-token"] = request.headers["dapr-api-token"] ?? "-"
            headers["x-type"] = request.headers["content-type"] ?? "-"
            return HTTPResponse(.ok, headers: headers, body: request.body)
        }
    }

    /// Runs a server while the closure does.
    static func run(
        at address: HTTPAddress = .tcp(host: "127.0.0.1", port: 0),
        _ use: (EventLoopGroup, Int) async throws -> Void
    ) async throws {
        let loops = try EventLoopGroup(count: 1)
        let handler = EchoServer()
        let server = HTTPServer(.init(address: address), on: loops, handler: handler)
        try await server.start()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await use(loops, server.port))
        } catch {
            outcome = .failure(error)
        }
        handler.gate.open()
        await server.drain(within: .seconds(5))
        loops.shutdown()
        try outcome.get()
    }
}
