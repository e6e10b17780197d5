import OperatingSystem

/// Why a request is refused by the engine itself, before any handler sees it whole; the connection is closed after the answer.
enum HeadFault: Error, Equatable {
    case malformed(String)
    case tooLarge(limit: Int)
    case tooMany(limit: Int)
    case tooManyItems(limit: Int)
    case tooCrowded
    case unknownMethod
    case unknownExpectation
    case tooSlow
    case stuck

    var status: HTTPStatus {
        switch self {
        case .malformed: .badRequest
        case .tooLarge, .tooMany, .tooManyItems, .tooCrowded: .headerFieldsTooLarge
        case .unknownMethod: .notImplemented
        case .unknownExpectation: .expectationFailed
        case .tooSlow: .requestTimeout
        case .stuck: .contentTooLarge
        }
    }

    var text: String {
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

    var response: HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array(text.utf8))
    }

    /// The whole answer, for a connection on which libmicrohttpd has none to send.
    var wholeText: [UInt8] {
        let body = Array(text.utf8)
        let seconds = Int(WallClock.milliseconds / 1000)
        return ResponseHeadText.bytes(response, length: body.count, closes: true, seconds: seconds) + body
    }
}
