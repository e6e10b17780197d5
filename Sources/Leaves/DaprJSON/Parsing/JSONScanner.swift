/// A place in JSON text, from which the grammar's tokens are read.
///
/// The text is passed to each step, since a span cannot be stored; it has to be the same one each time.
struct JSONScanner {
    /// The offset of the next byte.
    var index = 0
    /// Whether a name that stands twice in an object is an error.
    private(set) var refusesRepeatedNames = false

    /// Checks size and beginning of a text, and moves to its first value.
    mutating func begin(_ bytes: Span<UInt8>, _ limits: JSONLimits) throws(JSONError) {
        guard bytes.count <= limits.bytes else {
            throw .tooLarge(limit: limits.bytes, offset: max(0, limits.bytes))
        }
        if bytes.count >= 3, bytes[0] == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf {
            throw .byteOrderMark(offset: 0)
        }
        refusesRepeatedNames = limits.refusesRepeatedNames
        skipWhiteSpace(bytes)
    }

    /// Checks that nothing but white space is left.
    mutating func end(_ bytes: Span<UInt8>) throws(JSONError) {
        skipWhiteSpace(bytes)
        guard index >= bytes.count else { throw .trailingBytes(offset: index) }
    }

    @inline(__always)
    mutating func skipWhiteSpace(_ bytes: Span<UInt8>) {
        while index < bytes.count, Byte.isWhiteSpace(bytes[index]) { index &+= 1 }
    }

    /// The next byte, which is not consumed.
    @inline(__always)
    func next(_ bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
        guard index < bytes.count else { throw .unexpectedEnd(offset: index) }
        return bytes[index]
    }

    /// Consumes the one byte that may stand here.
    @inline(__always)
    mutating func expect(_ byte: UInt8, _ bytes: Span<UInt8>) throws(JSONError) {
        guard index < bytes.count, bytes[index] == byte else { throw unexpected(bytes) }
        index &+= 1
    }

    /// Consumes the separator after an element; `true` when another element follows, `false` after the closing byte.
    @inline(__always)
    mutating func hasAnother(before close: UInt8, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        skipWhiteSpace(bytes)
        guard index < bytes.count else { throw .unexpectedEnd(offset: index) }
        if bytes[index] == Byte.comma {
            index &+= 1
            skipWhiteSpace(bytes)
            return true
        }
        guard bytes[index] == close else { throw unexpected(bytes) }
        index &+= 1
        return false
    }

    /// Consumes the opening byte; `true` when the array or object ends at once.
    @inline(__always)
    mutating func open(closedBy close: UInt8, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        index &+= 1
        skipWhiteSpace(bytes)
        guard index < bytes.count else { throw .unexpectedEnd(offset: index) }
        guard bytes[index] == close else { return false }
        index &+= 1
        return true
    }

    /// Consumes `true`, `false` or `null`.
    @inline(__always)
    mutating func literal(_ text: String, _ bytes: Span<UInt8>) throws(JSONError) {
        for expected in text.utf8 { try expect(expected, bytes) }
    }

    /// The error for the byte that stands here, or for the end.
    func unexpected(_ bytes: Span<UInt8>) -> JSONError {
        index < bytes.count ? .unexpectedByte(bytes[index], offset: index) : .unexpectedEnd(offset: index)
    }
}
