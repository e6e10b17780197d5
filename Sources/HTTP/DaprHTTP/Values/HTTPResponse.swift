/// What the handler answers.
package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    package var headers: HTTPHeaders
    package var body: HTTPBody
    /// What is kept until the answer is with the client, or lost.
    package var kept: (any AnyObject & Sendable)?

    package init(_ status: HTTPStatus, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = .bytes(body)
    }

    /// An answer whose body is written piece by piece, sent chunked; it ends when `write` returns.
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
    /// An answer to `HEAD` from somebody who has no body to measure, as one that was asked elsewhere.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - headers: The fields; a `Content-Length` among them is left out.
    ///   - length: The bytes that the answer to `GET` would have; `nil` when that is not known.
    /// - Returns: The answer.
    package static func toHead(_ status: HTTPStatus, headers: HTTPHeaders = [:], length: Int?) -> HTTPResponse {
        var response = HTTPResponse(status, headers: headers)
        response.body = .unsent(length: length)
        return response
    }

    /// Too many clients are slow to take their answers.
    package static var busy: HTTPResponse {
        let text = "too many long answers wait for their clients; try again\n"
        let headers: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8", "Retry-After": "1"]
        return HTTPResponse(.serviceUnavailable, headers: headers, body: Array(text.utf8))
    }

    /// No answer: the connection is cut.
    package static func cut(_ cut: HTTPCut) -> HTTPResponse {
        var response = HTTPResponse(.serviceUnavailable)
        response.body = .cut(cut)
        return response
    }
}

/// The body of an answer.
package enum HTTPBody: Sendable {
    case bytes([UInt8])
    case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
    /// None, in an answer to `HEAD` that is not made from the answer to `GET`: of so many bytes it would be, or of a number that is not known, and
    /// then no `Content-Length` is sent. To any other method it is an empty body.
    case unsent(length: Int?)
    /// There is no answer at all: the connection is cut.
    case cut(HTTPCut)
}

/// What a client is to believe that gets no answer.
package enum HTTPCut: Hashable, Sendable {
    /// The connection broke.
    case broken
    /// Nobody listens; on a connection that exists it is the same as ``broken``.
    case refused
}

extension HTTPResponse {
    /// The bytes of the body; empty for a body that is streamed.
    package var bytes: [UInt8] {
        switch body {
        case .bytes(let bytes): bytes
        case .stream, .unsent, .cut: []
        }
    }
}
