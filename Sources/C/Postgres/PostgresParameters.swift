/// The parameters of one statement, in PostgreSQL's binary form, concatenated in one buffer.
///
/// https://www.postgresql.org/docs/15/protocol-message-formats.html; each type has the form that its `recv` function
/// reads.
package struct PostgresParameters: Sendable {
    /// The bytes of all parameters.
    private(set) var bytes: [UInt8] = []
    /// The position of each parameter; `nil` for NULL.
    private(set) var ranges: [Range<Int>?] = []

    /// Creates an empty list.
    package init() {}

    /// The number of parameters.
    package var count: Int { ranges.count }

    /// Appends a `text`.
    package mutating func append(_ text: String) { append { $0.append(contentsOf: text.utf8) } }

    /// Appends a `bytea`.
    package mutating func append(bytea value: [UInt8]) { append { $0.append(contentsOf: value) } }

    /// Appends a `bigint`.
    package mutating func append(_ number: Int) { append { $0.append(bigEndian: Int64(number)) } }

    /// Appends a `timestamptz`, in microseconds since 2000-01-01T00:00:00Z; `nil` is NULL.
    package mutating func append(timestamp: Int64?) {
        guard let timestamp else { return ranges.append(nil) }
        append { $0.append(bigEndian: timestamp) }
    }

    /// Appends a `uuid`.
    package mutating func append(_ uuid: PostgresUUID) { append { uuid.write(to: &$0) } }

    /// Appends a `text[]`.
    package mutating func append(_ texts: [String]) {
        append(array: 25, of: texts) { $0.append(element: Array($1.utf8)) }
    }

    /// Appends a `bytea[]`.
    package mutating func append(byteas: [[UInt8]]) { append(array: 17, of: byteas) { $0.append(element: $1) } }

    /// Appends a `uuid[]`.
    package mutating func append(_ uuids: [PostgresUUID]) {
        append(array: 2950, of: uuids) {
            $0.append(bigEndian: Int32(16))
            $1.write(to: &$0)
        }
    }

    /// Appends a `timestamptz[]`, in microseconds since 2000-01-01T00:00:00Z; `nil` is NULL.
    package mutating func append(timestamps: [Int64?]) {
        append(array: 1184, of: timestamps) {
            guard let timestamp = $1 else { return $0.append(bigEndian: Int32(-1)) }
            $0.append(bigEndian: Int32(8))
            $0.append(bigEndian: timestamp)
        }
    }

    private mutating func append(_ write: (inout [UInt8]) -> Void) {
        let start = bytes.count
        write(&bytes)
        ranges.append(start..<bytes.count)
    }

    /// Appends a one-dimensional array: dimensions, null flag, element type, length, first index, elements.
    private mutating func append<Element>(
        array type: Int32,
        of elements: [Element],
        _ write: (inout [UInt8], Element) -> Void
    ) {
        append { bytes in
            bytes.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
            // The server ignores the null flag and finds NULLs itself.
            bytes.append(bigEndian: Int32(1))
            bytes.append(bigEndian: type)
            if elements.isEmpty { return }
            bytes.append(bigEndian: Int32(clamping: elements.count))
            bytes.append(bigEndian: Int32(1))
            for element in elements { write(&bytes, element) }
        }
    }
}

/// A `uuid`: 16 bytes.
package struct PostgresUUID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Parses 32 hexadecimal digits in either case, with dashes after the 8th, 12th, 16th and 20th; `nil` for any other
    /// text.
    package init?(_ text: String) {
        var words: (UInt64, UInt64) = (0, 0)
        var digits = 0
        var position = 0
        for byte in text.utf8 {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                let digit: UInt8
                switch byte {
                case 0x30...0x39: digit = byte - 0x30
                case 0x41...0x46: digit = byte - 0x37
                case 0x61...0x66: digit = byte - 0x57
                default: return nil
                }
                if digits < 16 {
                    words.0 = words.0 << 4 | UInt64(digit)
                } else {
                    words.1 = words.1 << 4 | UInt64(digit)
                }
                digits += 1
            }
            position += 1
            if position > 36 { return nil }
        }
        guard position == 36 else { return nil }
        (high, low) = words
    }

    /// Decodes the binary form; `nil` unless there are 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The text in lower case with dashes.
    package var text: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            let word = index < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index % 16)) & 0xF)
            text.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    fileprivate func write(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian number: some FixedWidthInteger) {
        var shift = number.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    fileprivate mutating func append(element: [UInt8]) {
        append(bigEndian: Int32(clamping: element.count))
        append(contentsOf: element)
    }
}
