package import DaprHTTP
import DaprOperatingSystem
package import DaprSidecar

/// The path to an application in this process: its handler is called without a socket.
package struct HandlerAppChannel: AppChannel {
    private let loopback: HTTPLoopback

    /// Creates a channel.
    ///
    /// - Parameter handler: The application's handler.
    package init(to handler: any HTTPHandler) {
        loopback = HTTPLoopback(to: handler, now: { Int(WallClock.milliseconds / 1000) })
    }

    package func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        let mayHaveBody = !["GET", "HEAD", "OPTIONS"].contains(request.method)
        let outcome = await loopback.send(
            method: request.method,
            target: request.target,
            headers: request.headers,
            body: request.body.isEmpty && !mayHaveBody ? nil : request.body,
            timeout: request.timeout
        )
        switch outcome {
        case .answered(let answer):
            let headers = answer.headers.map { ($0.name.lowercased(), $0.value) }
            return AppResponse(status: answer.status, headers: headers, body: answer.body)
        case .cut(.refused): throw .unreachable("connection refused")
        case .cut(.broken): throw .failed("the connection was cut")
        case .timedOut: throw .timedOut
        case .cancelled: throw .cancelled
        }
    }
}
