import DaprText

/// The functions that convert a value to another type.
enum CELConversion {
    /// The value converted by `int`, `uint`, `double`, `string`, `bytes`, `bool`, `timestamp` or `duration`.
    ///
    /// - Throws: ``CELError/noMatchingOverload(_:_:)`` for types that are never converted, ``CELError/overflow(_:)``
    ///   for a number out of range, ``CELError/conversionFailed(from:to:)`` for a text that cannot be parsed as the
    ///   type.
    static func convert(_ value: CELValue, by function: Function) throws(CELError) -> CELValue {
        let converted: CELValue? =
            switch function {
            case .int: try int(value)
            case .uint: try uint(value)
            case .double: try double(value)
            case .string: try string(value)
            case .bytes: bytes(value)
            case .bool: try bool(value)
            case .timestamp: try timestamp(value)
            case .duration: try duration(value)
            default: nil
            }
        guard let converted else { throw .noMatchingOverload(function.rawValue, [value.type]) }
        return converted
    }

    private static func int(_ value: CELValue) throws(CELError) -> CELValue? {
        switch value {
        case .int: return value
        case .uint(let uint):
            guard let int = Int64(exactly: uint) else { throw .overflow("int") }
            return .int(int)
        case .double(let double):
            guard let int = Int64(exactly: double.rounded(.towardZero)) else { throw .overflow("int") }
            return .int(int)
        case .string(let text):
            guard let int = Int64(text) else { throw .conversionFailed(from: .string, to: .int) }
            return .int(int)
        case .timestamp(let time): return .int(time.seconds)
        case .duration(let duration): return .int(duration.nanoseconds)
        default: return nil
        }
    }

    private static func uint(_ value: CELValue) throws(CELError) -> CELValue? {
        switch value {
        case .uint: return value
        case .int(let int):
            guard let uint = UInt64(exactly: int) else { throw .overflow("uint") }
            return .uint(uint)
        case .double(let double):
            guard let uint = UInt64(exactly: double.rounded(.towardZero)) else { throw .overflow("uint") }
            return .uint(uint)
        case .string(let text):
            guard let uint = UInt64(text) else { throw .conversionFailed(from: .string, to: .uint) }
            return .uint(uint)
        default: return nil
        }
    }

    private static func double(_ value: CELValue) throws(CELError) -> CELValue? {
        switch value {
        case .double: return value
        case .int(let int): return .double(Double(int))
        case .uint(let uint): return .double(Double(uint))
        case .string(let text):
            guard let double = Double(text) else { throw .conversionFailed(from: .string, to: .double) }
            // A number too large for the type is refused, but the word for infinity is not.
            guard double.isFinite || !text.utf8.contains(where: { (0x30...0x39).contains($0) }) else {
                throw .overflow("double")
            }
            return .double(double)
        default: return nil
        }
    }

    private static func string(_ value: CELValue) throws(CELError) -> CELValue? {
        switch value {
        case .string: return value
        case .bool(let bool): return .string(bool ? "true" : "false")
        case .int(let int): return .string(String(int))
        case .uint(let uint): return .string(String(uint))
        case .double(let double): return .string(text(of: double))
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .conversionFailed(from: .bytes, to: .string)
            }
            return .string(text)
        case .timestamp(let time): return .string(time.text)
        case .duration(let duration): return .string(duration.text)
        default: return nil
        }
    }

    private static func bytes(_ value: CELValue) -> CELValue? {
        switch value {
        case .bytes: value
        case .string(let text): .bytes(Array(text.utf8))
        default: nil
        }
    }

    private static func bool(_ value: CELValue) throws(CELError) -> CELValue? {
        switch value {
        case .bool: return value
        case .string("true"), .string("True"), .string("TRUE"), .string("t"), .string("1"): return .bool(true)
        case .string("false"), .string("False"), .string("FALSE"), .string("f"), .string("0"): return .bool(false)
        case .string: throw .conversionFailed(from: .string, to: .bool)
        default: return nil
        }
    }

    private static func timestamp(_ value: CELValue) throws(CELError) -> CELValue? {
        switch value {
        case .timestamp: return value
        case .int(let seconds):
            guard let time = CELTimestamp(seconds: seconds) else { throw .overflow("timestamp") }
            return .timestamp(time)
        case .string(let text):
            guard let time = CELTimestamp(parsing: text) else { throw .conversionFailed(from: .string, to: .timestamp) }
            return .timestamp(time)
        default: return nil
        }
    }

    private static func duration(_ value: CELValue) throws(CELError) -> CELValue? {
        switch value {
        case .duration: return value
        case .int(let nanoseconds): return .duration(CELDuration(nanoseconds: nanoseconds))
        case .string(let text):
            guard let duration = CELDuration(parsing: text) else {
                throw .conversionFailed(from: .string, to: .duration)
            }
            return .duration(duration)
        default: return nil
        }
    }

    /// The shortest digits that parse to the same number: plain from 1e-4 to below 1e6, otherwise with an exponent of
    /// two or more digits.
    static func text(of double: Double) -> String {
        if double.isNaN { return "NaN" }
        if double.isInfinite { return double < 0 ? "-Inf" : "+Inf" }
        let sign = double.sign == .minus ? "-" : ""
        if double == 0 { return sign + "0" }
        let parts = double.magnitude.description.splitBytes(separator: "e")
        let mantissa = parts[0].splitBytes(separator: ".")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let whole = mantissa[0]
        var digits = whole + (mantissa.count > 1 ? mantissa[1] : "")
        exponent += whole.count - 1
        while digits.count > 1, digits.utf8.first == UInt8(ascii: "0") {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1, digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
        if exponent < -4 || exponent >= 6 {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            let size = abs(exponent)
            return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(size < 10 ? "0" : "")\(size)"
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        if digits.count <= exponent + 1 {
            return sign + digits + String(repeating: "0", count: exponent + 1 - digits.count)
        }
        return sign + digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
    }
}
