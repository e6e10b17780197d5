/// The rules of RFC 9112 that libmicrohttpd does not hold its clients to.
///
/// What two servers could read in two ways is refused, since that is how one request is smuggled inside another.
enum StrictHead {
    /// The request that a head spells, and how its body ends.
    static func read(
        method: String,
        target: String,
        headers: HTTPHeaders
    ) throws(HeadFault) -> (HTTPRequest, BodyFraming) {
        let framing = try framing(headers)
        let method = HTTPMethod(rawValue: method)
        guard method.isKnown else { throw .unknownMethod }
        return (HTTPRequest(method: method, target: try originForm(target), headers: headers), framing)
    }

    private static func framing(_ headers: HTTPHeaders) throws(HeadFault) -> BodyFraming {
        var framing = BodyFraming()
        var hosts = 0
        var lengths = 0
        var encodings = 0
        for (name, value) in headers {
            switch name.utf8.count {
            case 4 where name.lowercased() == "host": hosts += 1
            case 14 where name.lowercased() == "content-length":
                lengths += 1
                framing.length = Int(value) ?? .max
            case 17 where name.lowercased() == "transfer-encoding":
                encodings += 1
                framing.isChunked = true
                guard value.lowercased() == "chunked" else { throw .malformed("a transfer coding other than chunked") }
            case 6 where name.lowercased() == "expect":
                guard value.lowercased() == "100-continue" else { throw .unknownExpectation }
                framing.expectsContinue = true
            default: break
            }
        }
        guard hosts <= 1 else { throw .malformed("more than one Host") }
        guard lengths <= 1, encodings <= 1, lengths + encodings <= 1 else {
            throw .malformed("the length of the body is given twice")
        }
        return framing
    }

    /// The target as path and query: the absolute form names a server before it, which is this one.
    private static func originForm(_ target: String) throws(HeadFault) -> String {
        if target.utf8.first == UInt8(ascii: "/") { return target }
        let lower = target.prefix(8).lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else {
            throw .malformed("the request target is no path")
        }
        let rest = target.utf8.dropFirst(lower.hasPrefix("https://") ? 8 : 7)
        guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return "/" }
        return String(target[slash...])
    }
}

/// Why a head is refused before any handler sees it; the connection is closed after the answer.
enum HeadFault: Error, Equatable {
    case malformed(String)
    case tooLarge(limit: Int)
    case tooMany(limit: Int)
    case unknownMethod
    case unknownExpectation

    var status: HTTPStatus {
        switch self {
        case .malformed: .badRequest
        case .tooLarge, .tooMany: .headerFieldsTooLarge
        case .unknownMethod: .notImplemented
        case .unknownExpectation: .expectationFailed
        }
    }

    var text: String {
        switch self {
        case .malformed(let what): "malformed request: \(what)\n"
        case .tooLarge(let limit): "the request line and header are over \(limit) bytes\n"
        case .tooMany(let limit): "more than \(limit) header fields\n"
        case .unknownMethod: "this method is not known here\n"
        case .unknownExpectation: "this expectation cannot be met\n"
        }
    }
}

/// How a request's body ends, read from a head that passed the strict checks.
struct BodyFraming {
    /// The bytes that `Content-Length` announces.
    var length: Int?
    var isChunked = false
    var expectsContinue = false

    var hasBody: Bool { isChunked || (length ?? 0) > 0 }
}
