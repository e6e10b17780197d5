/// The identifier of a task: a UUID, kept as its 128 bits.
package struct TaskID: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// Makes an identifier of the 128 bits of a UUID.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads a UUID written as `8-4-4-4-12` hexadecimal digits, upper or lower case; nil for anything else.
    package init?(_ text: String) {
        var halves: (UInt64, UInt64) = (0, 0)
        var count = 0
        for byte in text.utf8 {
            defer { count += 1 }
            if count == 8 || count == 13 || count == 18 || count == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard count < 36, let digit = Hexadecimal.value(of: byte) else { return nil }
            if count < 18 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
        }
        guard count == 36 else { return nil }
        high = halves.0
        low = halves.1
    }

    /// The UUID in lower case, as it stands in keys, documents and paths.
    package var rawValue: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            let half = index < 16 ? high : low
            text.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (index % 16)))))
        }
        return String(decoding: text, as: UTF8.self)
    }

    package var description: String { rawValue }

    package static func < (left: TaskID, right: TaskID) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

/// Hexadecimal digits, in lower case.
enum Hexadecimal {
    static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The digit of the lowest four bits.
    static func digit(_ value: UInt8) -> UInt8 {
        let value = value & 15
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
