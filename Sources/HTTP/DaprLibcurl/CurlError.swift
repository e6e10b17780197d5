/// Why a call got no answer.
package enum CurlError: Error, Equatable, Sendable {
    /// No connection was made, so nothing was sent; the text is libcurl's.
    case unreachable(String)
    /// The certificate of an https server is not trusted, so nothing was sent; the text is libcurl's.
    case untrusted(String)
    /// The call's time limit passed; `requestSent` tells whether the server may have received the request.
    case timedOut(requestSent: Bool)
    /// The caller's task was cancelled; `requestSent` as above.
    case cancelled(requestSent: Bool)
    /// The connection broke after all or part of the request was sent; the text is libcurl's.
    case connectionLost(String)
    /// The answer is longer than the request allows.
    case bodyTooLarge(limit: Int)
    /// The request is invalid; the text says what to change.
    case invalidRequest(String)
    /// The answer is not HTTP, or libcurl itself failed; the text is libcurl's.
    case failed(String)

    /// Whether the server may have carried out the request.
    package var outcomeUnknown: Bool {
        switch self {
        case .unreachable, .untrusted, .invalidRequest: false
        case .timedOut(let sent), .cancelled(let sent): sent
        case .connectionLost, .bodyTooLarge, .failed: true
        }
    }
}

extension CurlError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let detail): "cannot connect: \(detail)"
        case .untrusted(let detail): "the server's certificate is not trusted: \(detail)"
        case .timedOut(let sent): sent ? "no answer in time" : "no connection in time"
        case .cancelled: "the call was cancelled"
        case .connectionLost(let detail): "the connection was lost: \(detail)"
        case .bodyTooLarge(let limit): "the answer is longer than the \(limit) bytes that are allowed"
        case .invalidRequest(let detail): "the request cannot be sent: \(detail)"
        case .failed(let detail): "the call failed: \(detail)"
        }
    }
}
