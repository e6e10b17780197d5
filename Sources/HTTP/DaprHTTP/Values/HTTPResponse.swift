/// A handler's answer.
package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    package var headers: HTTPHeaders
    package var body: HTTPBody
    /// How fast a client has to take the body.
    package var pace = Pace.leastRate
    /// An object kept alive until the answer has been sent or lost.
    package var kept: (any AnyObject & Sendable)?

    package init(_ status: HTTPStatus, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = .bytes(body)
    }

    /// Creates an answer whose body is written piece by piece and sent in chunks; it ends when `write` returns.
    ///
    /// When `write` throws, the connection is cut, so that the client sees an unfinished body.
    package init(
        _ status: HTTPStatus,
        headers: HTTPHeaders = [:],
        streaming write: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
    ) {
        self.status = status
        self.headers = headers
        body = .stream(write)
    }
}

extension HTTPResponse {
    /// An answer to `HEAD` for which no body exists here, for example because another server was asked.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - headers: The fields; a `Content-Length` among them is left out.
    ///   - length: The length in bytes of the body that `GET` would have; `nil` when it is not known.
    /// - Returns: The answer.
    package static func toHead(_ status: HTTPStatus, headers: HTTPHeaders = [:], length: Int?) -> HTTPResponse {
        var response = HTTPResponse(status, headers: headers)
        response.body = .unsent(length: length)
        return response
    }

    /// No answer: the connection is cut.
    package static func cut(_ cut: HTTPCut) -> HTTPResponse {
        var response = HTTPResponse(.serviceUnavailable)
        response.body = .cut(cut)
        return response
    }
}

extension HTTPResponse {
    /// How fast a client has to take an answer, so as not to be cut.
    package enum Pace: Sendable {
        /// At the server's least rate, while bytes wait for it.
        case leastRate
        /// At any: it may take little, but not nothing for as long as the server's answer deadline while bytes wait for it.
        ///
        /// For a streamed body that goes on for long. What waits for the client is bounded, and the stream ends when the client closes its side of the
        /// connection.
        case any
    }
}

/// The body of an answer.
package enum HTTPBody: Sendable {
    case bytes([UInt8])
    case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
    /// No body, in an answer to `HEAD` that is not derived from the answer to `GET`.
    ///
    /// `length` becomes the `Content-Length`; `nil` leaves that field out. For any other method the body is empty.
    case unsent(length: Int?)
    /// No answer at all: the connection is cut.
    case cut(HTTPCut)
}

/// The failure that a client sees when it gets no answer.
package enum HTTPCut: Hashable, Sendable {
    /// The connection broke.
    case broken
    /// Nobody listens; on a connection that exists it is the same as ``broken``.
    case refused
}

extension HTTPResponse {
    /// The bytes of the body; empty when the body is streamed or there is none.
    package var bytes: [UInt8] {
        switch body {
        case .bytes(let bytes): bytes
        case .stream, .unsent, .cut: []
        }
    }
}
