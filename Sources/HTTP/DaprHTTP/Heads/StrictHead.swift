/// The rules of RFC 9112 that libmicrohttpd does not enforce.
///
/// Anything that two servers could read differently is refused, because an attacker could smuggle one request inside
/// another that way.
package enum StrictHead {
    /// Reads the request from its head, and how its body is framed.
    ///
    /// `isOld` is true for a request of HTTP/1.0, which has no transfer codings.
    package static func read(
        method: String,
        target: String,
        headers: HTTPHeaders,
        isOld: Bool = false,
        arrival: HTTPRequest.Arrival = HTTPRequest.Arrival()
    ) throws(HeadFault) -> (HTTPRequest, BodyFraming) {
        let framing = try framing(headers)
        // RFC 9112 section 6.1: the framing is faulty, because whatever forwarded it did not understand it.
        if isOld, framing.isChunked { throw .malformed("HTTP/1.0 with a transfer coding") }
        let method = HTTPMethod(rawValue: method)
        guard method.isKnown else { throw .unknownMethod }
        let target = try originForm(target)
        return (HTTPRequest(method: method, target: target, headers: headers, arrival: arrival), framing)
    }

    private static func framing(_ headers: HTTPHeaders) throws(HeadFault) -> BodyFraming {
        var framing = BodyFraming()
        var hosts = 0
        var lengths = 0
        var encodings = 0
        for (name, value) in headers {
            switch name.utf8.count {
            case 4 where isSame(name, "host"): hosts += 1
            case 14 where isSame(name, "content-length"):
                lengths += 1
                framing.length = Int(value) ?? .max
            case 17 where isSame(name, "transfer-encoding"):
                encodings += 1
                framing.isChunked = true
                guard isSame(value, "chunked") else { throw .malformed("a transfer coding other than chunked") }
            case 6 where isSame(name, "expect"):
                guard isSame(value, "100-continue") else { throw .unknownExpectation }
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

    /// Whether `text` equals `word`, which is in lower case; only ASCII letters compare without case.
    ///
    /// `lowercased()` would turn the kelvin sign into a `k`.
    private static func isSame(_ text: String, _ word: String) -> Bool {
        let (text, word) = (text.utf8Span.span, word.utf8Span.span)
        guard text.count == word.count else { return false }
        for place in text.indices {
            let byte = text[place]
            let lower = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
            guard lower == word[place] else { return false }
        }
        return true
    }

    /// The path and query of `target`; the absolute form puts a server name before them, which is ours.
    private static func originForm(_ target: String) throws(HeadFault) -> String {
        let bytes = target.utf8Span.span
        // RFC 9112 section 2.2 forbids a bare carriage return; RFC 3986 allows no control character and no space at
        // all. Without an early exit the compiler can check many bytes at a time.
        var bad: UInt8 = 0
        for place in bytes.indices { bad |= (bytes[place] <= 0x20 ? 1 : 0) | (bytes[place] == 0x7F ? 1 : 0) }
        if bad != 0 { throw .malformed("the request target holds a character that it cannot") }
        if bytes.count > 0, bytes[0] == UInt8(ascii: "/") { return target }
        let scheme = ["http://", "https://"].first { target.utf8.count >= $0.utf8.count && starts(bytes, with: $0) }
        guard let scheme else { throw .malformed("the request target is no path") }
        let rest = target.utf8.dropFirst(scheme.utf8.count)
        guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return "/" }
        return String(target[slash...])
    }

    private static func starts(_ bytes: Span<UInt8>, with scheme: String) -> Bool {
        for (place, byte) in scheme.utf8.enumerated() where bytes[place] | 0x20 != byte | 0x20 { return false }
        return true
    }
}

/// The framing of a request's body, read from a head that passed the strict checks.
package struct BodyFraming: Sendable {
    /// The length in bytes that `Content-Length` announces.
    package var length: Int?
    /// Whether the body comes in chunks.
    package var isChunked = false
    /// Whether the client sends the body only after `100 Continue`.
    package var expectsContinue = false

    /// Whether the request has a body.
    package var hasBody: Bool { isChunked || (length ?? 0) > 0 }
}
