import DaprEventLoop
import DaprHTTP
import DaprHTTPServer

/// A handler for tests: answers by path.
struct TestHandler: HTTPHandler {
    var limit = 1000
    var responders: [String: HTTPResponder] = [:]

    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        switch head.path {
        case "/refused": return .refuse(HTTPResponse(.unauthorized, body: Array("no".utf8)))
        case "/streamed":
            return .stream(limit: limit) { request in
                var count = 0
                do {
                    if let stream = request.bodyStream { for try await piece in stream { count += piece.count } }
                } catch {
                    return HTTPResponse(.contentTooLarge, body: Array("\(error)".utf8))
                }
                return HTTPResponse(.ok, body: Array("streamed \(count)".utf8))
            }
        default: break
        }
        if let responder = responders[head.path] { return .collect(limit: limit, responder) }
        return .collect(limit: limit) { request in
            let text = "\(request.method) \(request.target) \(String(decoding: request.body, as: UTF8.self))"
            return HTTPResponse(.ok, headers: ["Content-Type": "text/plain"], body: Array(text.utf8))
        }
    }

    func tooLarge(_ head: HTTPRequest, limit: Int) -> HTTPResponse {
        HTTPResponse(.contentTooLarge, body: Array("over \(limit)".utf8))
    }

    func deadlinePassed(_ head: HTTPRequest) -> HTTPResponse { HTTPResponse(.gatewayTimeout) }
}

/// Lends the port of a running server, which ends with the closure.
@discardableResult
func withServer<T>(
    _ handler: any HTTPHandler = TestHandler(),
    loops count: Int = 2,
    configuration: HTTPServer.Configuration = .local { _ in },
    _ body: (Int, HTTPServer) async throws -> T
) async throws -> T {
    let loops = try EventLoopGroup(count: count)
    let server = HTTPServer(configuration, on: loops, handler: handler)
    try await server.start()
    let outcome: Result<T, any Error>
    do {
        outcome = .success(try await body(server.port, server))
    } catch {
        outcome = .failure(error)
    }
    await server.drain(within: .seconds(5))
    loops.shutdown()
    return try outcome.get()
}

extension HTTPServer.Configuration {
    /// A free port of the loopback, with what the test changes.
    static func local(_ change: (inout HTTPServer.Configuration) -> Void) -> HTTPServer.Configuration {
        var configuration = HTTPServer.Configuration(address: .tcp(host: "127.0.0.1", port: 0))
        change(&configuration)
        return configuration
    }
}
