/// Why a server refuses a request before any handler answers it; the connection is closed after the answer.
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

    /// The status of the answer.
    package var status: HTTPStatus {
        switch self {
        case .malformed: .badRequest
        case .tooLarge, .tooMany, .tooManyItems, .tooCrowded: .headerFieldsTooLarge
        case .unknownMethod: .notImplemented
        case .unknownExpectation: .expectationFailed
        case .tooSlow: .requestTimeout
        case .stuck: .contentTooLarge
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
        }
    }

    package var response: HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array(text.utf8))
    }
}
