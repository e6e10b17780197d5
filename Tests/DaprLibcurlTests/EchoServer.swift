import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprLibcurl
import Foundation
import Testing

/// Answers with the request's body, and with what else was sent in headers.
private struct EchoHandler: HTTPHandler {
    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        .collect(limit: 2 << 20) { request in
            var headers: HTTPHeaders = ["X-Method": request.method.rawValue, "X-Target": request.target]
            headers["X-Seen"] = request.headers["X-Custom"]
            headers["X-Type"] = request.headers["Content-Type"]
            return HTTPResponse(.ok, headers: headers, body: request.body)
        }
    }
}

/// Lends the base URL of a server with that handler.
func withHTTP<T>(
    _ handler: any HTTPHandler,
    loops count: Int = 2,
    _ body: (String, HTTPServer) async throws -> T
) async throws -> T {
    let loops = try EventLoopGroup(count: count)
    let server = HTTPServer(
        HTTPServer.Configuration(address: .tcp(host: "127.0.0.1", port: 0)),
        on: loops,
        handler: handler
    )
    try await server.start()
    let outcome: Result<T, any Error>
    do { outcome = .success(try await body("http://127.0.0.1:\(server.port)", server)) } catch {
        outcome = .failure(error)
    }
    await server.drain(within: .seconds(5))
    loops.shutdown()
    return try outcome.get()
}

/// Lends a client on loops of its own.
func withClient(loops count: Int = 2, _ body: (CurlClient) async throws -> Void) async throws {
    let loops = try EventLoopGroup(count: count)
    let client = try CurlClient(on: loops)
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(client)) } catch { outcome = .failure(error) }
    await client.shutdown()
    loops.shutdown()
    try outcome.get()
}

/// Lends a client and the base URL of a server that echoes.
func withEcho(loops count: Int = 2, _ body: (CurlClient, String) async throws -> Void) async throws {
    try await withHTTP(EchoHandler()) { base, _ in try await withClient(loops: count) { try await body($0, base) } }
}

/// How many descriptors the process has open.
func openDescriptors() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0  // Linux has it always.
}
