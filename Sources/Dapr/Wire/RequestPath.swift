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
        appendSegment(segment.utf8)
    }

    /// Adds a slash and text whose slashes stay, as in the name of a topic.
    ///
    /// A slash beside an empty segment is escaped, since the sidecar would drop it.
    mutating func append(segments text: String) {
        bytes.append(UInt8(ascii: "/"))
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index > 0 {
                if part.isEmpty || parts[index - 1].isEmpty {
                    appendEscaped(UInt8(ascii: "/"))
                } else {
                    bytes.append(UInt8(ascii: "/"))
                }
            }
            appendSegment(part)
        }
    }

    /// Adds a query item; name and value are escaped.
    mutating func append(query name: String, _ value: String) {
        bytes.append(hasQuery ? UInt8(ascii: "&") : UInt8(ascii: "?"))
        hasQuery = true
        for byte in name.utf8 { append(byte) }
        bytes.append(UInt8(ascii: "="))
        for byte in value.utf8 { append(byte) }
    }

    /// Adds `metadata.<name>=<value>` for each entry, in the order of the names.
    mutating func append(metadata: [String: String]) {
        if metadata.isEmpty { return }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { append(query: "metadata." + name, value) }
    }

    private mutating func appendSegment(_ segment: some Collection<UInt8>) {
        if segment.allSatisfy(Self.staysAsItIs) {
            bytes.append(contentsOf: segment)
            return
        }
        let dot = UInt8(ascii: ".")
        let isDots = segment.count <= 2 && segment.allSatisfy { $0 == dot }
        for byte in segment {
            if isDots { appendEscaped(byte) } else { append(byte) }
        }
    }

    private mutating func append(_ byte: UInt8) {
        if Self.staysAsItIs(byte) || byte == UInt8(ascii: ".") { bytes.append(byte) } else { appendEscaped(byte) }
    }

    /// Whether a byte needs no escape wherever it stands, which a dot may.
    private static func staysAsItIs(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"),
            UInt8(ascii: ":"), UInt8(ascii: "@"):
            true
        default: false
        }
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(Self.digit(byte >> 4))
        bytes.append(Self.digit(byte & 0x0F))
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
