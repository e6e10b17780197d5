import DaprText

/// The labels of HTTP calls.
enum MetricLabel {
    private static let methods: Set<ExactText> = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "QUERY",
    ]

    /// The method if HTTP defines it, otherwise `UNKNOWN`.
    static func method(_ method: String) -> String { methods.contains(ExactText(method)) ? method : "UNKNOWN" }

    /// How many bytes of a target come before what differs for every call: those of state and secrets end with the store, all others with the
    /// path.
    ///
    /// - Parameters:
    ///   - target: The target.
    ///   - isPath: Whether it surely has no query.
    /// - Returns: The number of bytes.
    static func length(of target: String, isPath: Bool = false) -> Int {
        let bytes = target.utf8Span.span
        var place = 0
        _ = part(of: bytes, from: &place)
        let kind = part(of: bytes, from: &place)
        guard isKeyed(bytes.extracting(kind)) else { return isPath ? bytes.count : endOfPath(bytes, from: place) }
        let store = part(of: bytes, from: &place)
        let end = isPath ? bytes.count : endOfPath(bytes, from: place)
        // Behind the store stands a key, if more than a slash does.
        return store.upperBound + 1 < end ? store.upperBound : end
    }

    /// The next part of a path, between slashes; slashes in a row are one.
    private static func part(of bytes: Span<UInt8>, from place: inout Int) -> Range<Int> {
        while place < bytes.count, bytes[place] == UInt8(ascii: "/") { place += 1 }
        let start = place
        while place < bytes.count, bytes[place] != UInt8(ascii: "/"), bytes[place] != UInt8(ascii: "?") { place += 1 }
        return start..<place
    }

    private static func endOfPath(_ bytes: Span<UInt8>, from place: Int) -> Int {
        var place = place
        while place < bytes.count, bytes[place] != UInt8(ascii: "?") { place += 1 }
        return place
    }

    /// Whether a part is that of calls with a key: `state` or `secrets`.
    private static func isKeyed(_ part: Span<UInt8>) -> Bool {
        switch part.count {
        case 5: word(part) == 0x73_7461_7465
        case 7: word(part) == 0x73_6563_7265_7473
        default: false
        }
    }

    /// Up to eight bytes as one number.
    private static func word(_ part: Span<UInt8>) -> UInt64 {
        var word: UInt64 = 0
        for index in part.indices { word = word << 8 | UInt64(part[index]) }
        return word
    }
}
