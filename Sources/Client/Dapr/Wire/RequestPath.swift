internal import DaprText

/// Builds the path of a request, percent-encoded so that the sidecar reads back exactly what was given.
///
/// The sidecar cleans the escaped path (`//`, `/./`, `/../`) and decodes each parameter as a query is decoded: `+` would
/// become a space, `/` would end the parameter, and a key `..` would name another path. So everything but letters, digits
/// and `-_~:@` is escaped, and dots are where the whole segment is `.` or `..`.
struct RequestPath {
    private var bytes: [UInt8]
    private var hasQuery = false

    /// Begins with a fixed path that needs no escape, such as `/v1.0/state`.
    init(_ fixed: StaticString) {
        bytes = []
        bytes.reserveCapacity(160)
        bytes.append(contentsOf: fixed.description.utf8)
    }

    /// The path built so far.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Adds a slash and fixed text that needs no escape.
    mutating func append(fixed: StaticString) {
        bytes.append(UInt8(ascii: "/"))
        bytes.append(contentsOf: fixed.description.utf8)
    }

    /// Adds a slash and one segment; a slash in it is escaped.
    mutating func append(segment: String) {
        bytes.append(UInt8(ascii: "/"))
        appendSegment(segment.utf8Span.span)
    }

    /// Adds a slash and text whose slashes stay, as in the name of a topic.
    ///
    /// A slash beside an empty segment is escaped, since the sidecar would drop it.
    mutating func append(segments text: String) {
        let slash = UInt8(ascii: "/")
        let text = text.utf8Span.span
        bytes.append(slash)
        var start = 0
        while true {
            var end = start
            while end < text.count, text[end] != slash { end += 1 }
            appendSegment(text.extracting(start..<end))
            if end == text.count { return }
            let isBesideEmpty = end == start || end + 1 == text.count || text[end + 1] == slash
            if isBesideEmpty { PercentEncoding.escape(slash, into: &bytes) } else { bytes.append(slash) }
            start = end + 1
        }
    }

    /// Adds a query item; name and value are escaped.
    mutating func append(query name: String, _ value: String) {
        bytes.append(hasQuery ? UInt8(ascii: "&") : UInt8(ascii: "?"))
        hasQuery = true
        append(name.utf8Span.span)
        bytes.append(UInt8(ascii: "="))
        append(value.utf8Span.span)
    }

    /// Adds `metadata.<name>=<value>` for each entry, in the order of the names.
    mutating func append(metadata: [String: String]) {
        if metadata.isEmpty { return }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { append(query: "metadata." + name, value) }
    }

    private mutating func appendSegment(_ segment: Span<UInt8>) {
        let dot = UInt8(ascii: ".")
        let isDots =
            segment.count == 1 && segment[0] == dot || segment.count == 2 && segment[0] == dot && segment[1] == dot
        if isDots {
            for _ in segment.indices { PercentEncoding.escape(dot, into: &bytes) }
        } else {
            append(segment)
        }
    }

    private mutating func append(_ text: Span<UInt8>) {
        var special: UInt8 = 0
        for place in text.indices { special |= Self.needsEscape(text[place]) }
        if special == 0 {
            bytes.append(addingCapacity: text.count) { output in
                for place in text.indices { output.append(text[place]) }
            }
        } else {
            for place in text.indices {
                if Self.needsEscape(text[place]) == 0 {
                    bytes.append(text[place])
                } else {
                    PercentEncoding.escape(text[place], into: &bytes)
                }
            }
        }
    }

    /// 0 for letters, digits and `-._~:@`, otherwise 1; without a branch, so that the compiler takes many bytes at a time.
    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> UInt8 {
        let isLetter: UInt8 = (byte | 0x20) &- UInt8(ascii: "a") < 26 ? 1 : 0
        // The colon comes after the nine.
        let isDigit: UInt8 = byte &- UInt8(ascii: "0") < 11 ? 1 : 0
        // The dot comes after the hyphen.
        let isMark: UInt8 = byte &- UInt8(ascii: "-") < 2 ? 1 : 0
        let isOther: UInt8 =
            (byte == UInt8(ascii: "_") ? 1 : 0) | (byte == UInt8(ascii: "~") ? 1 : 0)
            | (byte == UInt8(ascii: "@") ? 1 : 0)
        return 1 ^ (isLetter | isDigit | isMark | isOther)
    }
}
