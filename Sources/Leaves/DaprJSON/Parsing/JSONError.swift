/// A reason why bytes are not the JSON that was asked for, with the offset of the first byte at fault.
public enum JSONError: Error, Equatable, Sendable {
    /// The text stops in the middle of a value.
    case unexpectedEnd(offset: Int)
    /// A byte that the grammar does not allow at this place.
    case unexpectedByte(UInt8, offset: Int)
    /// Something other than white space follows the value.
    case trailingBytes(offset: Int)
    /// The text begins with a byte order mark, which RFC 8259 does not allow.
    case byteOrderMark(offset: Int)
    /// A number that breaks the grammar, such as `01`, `1.` or `+1`.
    case invalidNumber(offset: Int)
    /// A number whose magnitude is beyond that of a double, such as `1e400`.
    case numberOutOfRange(offset: Int)
    /// A control character that stands in a string without an escape.
    case controlCharacter(UInt8, offset: Int)
    /// A backslash that begins no escape of JSON's.
    case invalidEscape(offset: Int)
    /// A `\u` escape of one half of a surrogate pair without the other.
    case loneSurrogate(offset: Int)
    /// Bytes in a string that are not UTF-8: overlong, cut short, a surrogate, or beyond U+10FFFF.
    case invalidUTF8(offset: Int)
    /// An array or object that is nested deeper than the limit.
    case tooDeep(limit: Int, offset: Int)
    /// A member of an object with the name of one before it, where ``JSONLimits/refusesRepeatedNames`` is set.
    case repeatedName(String, offset: Int)
    /// A text longer than the limit in bytes.
    case tooLarge(limit: Int, offset: Int)

    /// Where the first byte at fault is, counted from 0.
    public var offset: Int {
        switch self {
        case .unexpectedEnd(let offset), .unexpectedByte(_, let offset), .trailingBytes(let offset),
            .byteOrderMark(let offset), .invalidNumber(let offset), .numberOutOfRange(let offset),
            .controlCharacter(_, let offset), .invalidEscape(let offset), .loneSurrogate(let offset),
            .invalidUTF8(let offset), .tooDeep(_, let offset), .repeatedName(_, let offset), .tooLarge(_, let offset):
            offset
        }
    }
}

extension JSONError: CustomStringConvertible {
    /// What is wrong, where, and what to do about it; never a part of the text itself beyond one byte.
    public var description: String {
        "\(fault) at byte \(offset): \(remedy)"
    }

    private var fault: String {
        switch self {
        case .unexpectedEnd: "the JSON text ends in the middle of a value"
        case .unexpectedByte(let byte, _): "unexpected \(Self.name(byte))"
        case .trailingBytes: "something follows the JSON value"
        case .byteOrderMark: "a byte order mark"
        case .invalidNumber: "not a JSON number"
        case .numberOutOfRange: "the number is beyond the range of a double"
        case .controlCharacter(let byte, _): "a bare control character (\(Self.name(byte))) in a string"
        case .invalidEscape: "not an escape of JSON"
        case .loneSurrogate: "half of a surrogate pair"
        case .invalidUTF8: "invalid UTF-8"
        case .tooDeep(let limit, _): "more than \(limit) levels of arrays and objects"
        case .repeatedName: "a name that the object has already"
        case .tooLarge(let limit, _): "more than \(limit) bytes"
        }
    }

    private var remedy: String {
        switch self {
        case .unexpectedEnd: "send the whole text"
        case .unexpectedByte: "send JSON as RFC 8259 defines it"
        case .trailingBytes: "send one value only"
        case .byteOrderMark: "send UTF-8 without one"
        case .invalidNumber: "write it as in -12.5e3, without leading zeros or a plus sign"
        case .numberOutOfRange: "send it as a string"
        case .controlCharacter(let byte, _): "write it as \\u00\(Self.hexadecimal(byte))"
        case .invalidEscape: #"use \" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits"#
        case .loneSurrogate: "send both halves, as in \\ud83d\\ude00, or the character itself"
        case .invalidUTF8: "encode strings as UTF-8"
        case .tooDeep: "send a flatter value"
        case .repeatedName: "give each member of an object once"
        case .tooLarge: "send a smaller value"
        }
    }

    private static func name(_ byte: UInt8) -> String {
        (0x21...0x7e).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(hexadecimal(byte))"
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.utf8.count == 1 ? "0" + digits : digits
    }
}
