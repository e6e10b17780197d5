/// Why a server refuses a request itself, mostly before any handler sees it; the connection is closed after the answer.
package enum HeadFault: Error, Equatable {
    case malformed(String)
    case tooLarge(limit: Int)
    case tooMany(limit: Int)
    case tooManyItems(limit: Int)
    case tooCrowded
    case unknownMethod
    case unknownExpectation
    case tooSlow
    case stuck
    /// Too many long answers wait for their clients, so that this request gets none.
    case busy

    /// The status of the answer.
    package var status: HTTPStatus {
        switch self {
        case .malformed: .badRequest
        case .tooLarge, .tooMany, .tooManyItems, .tooCrowded: .headerFieldsTooLarge
        case .unknownMethod: .notImplemented
        case .unknownExpectation: .expectationFailed
        case .tooSlow: .requestTimeout
        case .stuck: .contentTooLarge
        case .busy: .serviceUnavailable
        }
    }

    /// The fault as a line of text for people.
    package var text: String {
        switch self {
        case .malformed(let what): "malformed request: \(what)\n"
        case .tooLarge(let limit): "the request line and header are over \(limit) bytes\n"
        case .tooMany(let limit): "more than \(limit) header fields\n"
        case .tooManyItems(let limit): "more than \(limit) query parameters\n"
        case .tooCrowded: "too many header fields, cookies and query parameters for a request with a body\n"
        case .unknownMethod: "this method is not known here\n"
        case .unknownExpectation: "this expectation cannot be met\n"
        case .tooSlow: "the request took too long to arrive\n"
        case .stuck: "what frames the body, a chunk header for example, is too long\n"
        case .busy: "too many long answers wait for their clients; try again\n"
        }
    }

    /// The answer in the server's own words.
    package var response: HTTPResponse {
        var headers: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8"]
        if self == .busy { headers.add("Retry-After", "1") }
        return HTTPResponse(status, headers: headers, body: Array(text.utf8))
    }
}
