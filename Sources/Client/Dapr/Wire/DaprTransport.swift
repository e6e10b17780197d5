/// Carries one HTTP exchange to the sidecar and back.
///
/// `DaprCurl` has an implementation over libcurl; tests and other programs bring their own. An implementation adds nothing
/// of Dapr: it sends the request's method, path, headers and body to the sidecar it was made for and returns what came back,
/// whatever the status is. It honours ``DaprRequest/timeout`` and the cancellation of the calling task.
///
/// It sends no request twice, but for one with ``DaprRequest/mayRepeat`` whose connection broke: ``DaprClient`` decides by the
/// error whether a write can have happened. ``LimitedTransport`` and ``RetryingTransport`` go around any other transport.
public protocol DaprTransport: Sendable {
    /// Sends a request and waits for the whole answer.
    ///
    /// - Throws: ``DaprTransportError`` when there is no whole answer. An answer with an error status is returned, not thrown.
    func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse
}

/// Why an exchange with the sidecar brought no answer.
///
/// The texts are words for an operator. They must not contain tokens, bodies or the user part of a URL.
public enum DaprTransportError: Error, Sendable, Hashable {
    /// No connection was made, so the request was not sent: nobody listens, the name is unknown, connecting took too long.
    case unreachable(String)
    /// The certificate of an https endpoint is not trusted, or is another host's, so the request was not sent.
    case untrustedCertificate(String)
    /// The time allowed by ``DaprRequest/timeout`` ran out. The request may have been received.
    case timedOut
    /// The calling task was cancelled. The request may have been received.
    case cancelled
    /// The calling task was cancelled before anything of the request was sent.
    case cancelledBeforeSending
    /// The connection ended before the answer was whole. The request may have been received.
    case connectionLost(String)
    /// The answer is longer than ``DaprRequest/maximumAnswerBytes``. The request was received.
    case answerTooLarge(limit: Int)
    /// The request cannot be sent as it is, so it was not sent.
    case invalidRequest(String)

    /// Whether the sidecar may have received the request and acted on it.
    public var mayHaveBeenReceived: Bool {
        switch self {
        case .unreachable, .untrustedCertificate, .invalidRequest, .cancelledBeforeSending: false
        case .timedOut, .cancelled, .connectionLost, .answerTooLarge: true
        }
    }
}

extension DaprTransportError: CustomStringConvertible {
    /// What happened to the exchange, in words for an operator.
    public var description: String {
        switch self {
        case .unreachable(let reason): "no connection: \(reason)"
        case .untrustedCertificate(let reason): "the certificate is not trusted: \(reason)"
        case .timedOut: "the time allowed ran out"
        case .cancelled: "the caller was cancelled"
        case .cancelledBeforeSending: "the caller was cancelled, nothing was sent"
        case .connectionLost(let reason): "the connection was lost: \(reason)"
        case .answerTooLarge(let limit): "the answer is longer than \(limit) bytes"
        case .invalidRequest(let reason): "the request cannot be sent: \(reason)"
        }
    }
}
