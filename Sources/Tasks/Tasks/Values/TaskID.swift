import DaprText

/// The identifier of a task: a UUID, stored as its 128 bits.
package struct TaskID: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// Creates an identifier from the 128 bits of a UUID.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Parses a UUID in the form `8-4-4-4-12` hexadecimal digits, upper or lower case; `nil` for anything else.
    package init?(_ text: String) {
        let text = text.utf8Span.span
        guard text.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<36 {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard text[index] == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Hexadecimal.value(of: text[index]) else { return nil }
            if index < 18 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
        }
        self.high = high
        self.low = low
    }

    /// The UUID in lower case, as used in keys, documents and paths.
    package var rawValue: String {
        let text = utf8
        guard let digits = try? UTF8Span(validating: text.span) else { return "" }  // ASCII only.
        return String(copying: digits)
    }

    /// The bytes of ``rawValue``.
    package var utf8: InlineArray<36, UInt8> {
        var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
        var position = 0
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { position += 1 }
            let half = index < 16 ? high : low
            text[position] = Hexadecimal.digit(UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (index % 16))))
            position += 1
        }
        return text
    }

    package var description: String { rawValue }

    package static func < (left: TaskID, right: TaskID) -> Bool { (left.high, left.low) < (right.high, right.low) }
}
