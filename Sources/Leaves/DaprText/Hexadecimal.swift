/// Hexadecimal digits.
@usableFromInline
package enum Hexadecimal {
    /// The value of a digit of either case.
    @inlinable
    package static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }

    /// The value of a digit in lower case, for what has one spelling only.
    @inlinable
    package static func value(ofLowercase byte: UInt8) -> UInt8? {
        byte < UInt8(ascii: "A") || byte >= UInt8(ascii: "a") ? value(of: byte) : nil
    }

    /// The digit of the lowest four bits, in lower case.
    @inlinable
    package static func digit(_ value: UInt8) -> UInt8 {
        let value = value & 15
        return value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
    }

    /// The digit of the lowest four bits, in upper case.
    @inlinable
    package static func uppercaseDigit(_ value: UInt8) -> UInt8 {
        let value = value & 15
        return value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "A") &+ value &- 10
    }
}
