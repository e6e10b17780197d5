public import Dapr
package import DaprHTTP
import DaprOperatingSystem

/// Carries the calls of a `DaprClient` to a sidecar in this process, without a socket.
///
/// The same handler that serves sockets answers the request, with the same status, head and body.
public struct SidecarTransport: DaprTransport {
    private let loopback: HTTPLoopback

    /// Creates a transport.
    ///
    /// - Parameter handler: Dapr's HTTP API, or a handler in front of it.
    package init(to handler: any HTTPHandler) {
        loopback = HTTPLoopback(to: handler, now: { Int(WallClock.milliseconds / 1000) })
    }

    /// Sends a request to the sidecar and returns its answer.
    ///
    /// - Throws: `DaprTransportError`; `.unreachable` while the sidecar is down, `.connectionLost` when a fault cut the
    ///   connection.
    public func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        if Task.isCancelled { throw .cancelledBeforeSending }
        let hasLength = ["POST", "PUT", "PATCH"].contains(request.method)
        let outcome = await loopback.send(
            method: request.method,
            target: request.path,
            headers: request.headers,
            body: request.body ?? (hasLength ? [] : nil),
            timeout: request.timeout
        )
        switch outcome {
        case .answered(let answer):
            guard answer.body.count <= request.maximumAnswerBytes else {
                throw .answerTooLarge(limit: request.maximumAnswerBytes)
            }
            return DaprResponse(status: answer.status, head: answer.head, body: answer.body)
        case .cut(.refused): throw .unreachable("the sidecar is down")
        case .cut(.broken): throw .connectionLost("the sidecar cut the connection")
        case .timedOut: throw .timedOut
        case .cancelled: throw .cancelled
        }
    }
}
