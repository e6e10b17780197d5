extension JSONScanner {
    /// A number's text, and its value as far as the digits were counted on the way.
    struct NumberToken {
        var range: Range<Int>
        var isNegative: Bool
        var isInteger: Bool
        /// The digits as an integer, when they fit (`isExact`); the value is this times ten to the `exponent`.
        var digits: Int
        var exponent: Int
        var isExact: Bool
    }

    /// Consumes a number.
    @inline(__always)
    mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> JSONNumber {
        let token = try numberToken(bytes)
        if token.isInteger, token.isExact, token.digits != 0 || !token.isNegative {
            return JSONNumber(token.isNegative ? -token.digits : token.digits)
        }
        guard let number = JSONNumber(try Self.double(token, bytes)) else {
            throw .numberOutOfRange(offset: token.range.lowerBound)
        }
        return number
    }

    /// Consumes a number's text.
    @inline(__always)
    mutating func numberToken(_ bytes: Span<UInt8>) throws(JSONError) -> NumberToken {
        let start = index
        let isNegative = bytes[index] == Byte.minus
        if isNegative { index &+= 1 }
        var digits = 0
        var counted = 0
        let first = index
        try digitRun(bytes, &digits, &counted)
        if bytes[first] == Byte.zero, index &- first > 1 { throw .invalidNumber(offset: start) }
        var isInteger = true
        var exponent = 0
        if index < bytes.count, bytes[index] == Byte.point {
            isInteger = false
            index &+= 1
            let fraction = index
            try digitRun(bytes, &digits, &counted)
            exponent = fraction &- index
        }
        if index < bytes.count, bytes[index] | 0x20 == Byte.lowerE {
            isInteger = false
            index &+= 1
            exponent &+= try exponentPart(bytes)
        }
        return NumberToken(
            range: start..<index,
            isNegative: isNegative,
            isInteger: isInteger,
            digits: digits,
            exponent: exponent,
            isExact: counted <= 18
        )
    }

    /// The value of a number's text: correctly rounded, or infinite when it is beyond the range of a double.
    static func double(_ token: NumberToken, _ bytes: Span<UInt8>) throws(JSONError) -> Double {
        if token.isExact {
            if token.digits == 0 { return token.isNegative ? -0.0 : 0 }
            // Both factors are doubles without an error, so the one operation rounds correctly (Clinger's fast path).
            if token.digits <= JSONNumber.exactLimit, token.exponent.magnitude < UInt(powersOfTen.count) {
                let digits = Double(token.isNegative ? -token.digits : token.digits)
                return token.exponent < 0 ? digits / powersOfTen[-token.exponent] : digits * powersOfTen[token.exponent]
            }
        }
        var text = ""
        for offset in token.range { text.unicodeScalars.append(Unicode.Scalar(bytes[offset])) }
        guard let value = Double(text) else { throw .invalidNumber(offset: token.range.lowerBound) }
        return value
    }

    /// Consumes one digit or more, and adds them to those counted so far; leading zeros do not count.
    @inline(__always)
    private mutating func digitRun(_ bytes: Span<UInt8>, _ digits: inout Int, _ counted: inout Int) throws(JSONError) {
        let start = index
        while index < bytes.count {
            let digit = bytes[index] &- Byte.zero
            guard digit < 10 else { break }
            if counted < 18 { digits = digits &* 10 &+ Int(digit) }
            if digits != 0 { counted &+= 1 }
            index &+= 1
        }
        guard index > start else { throw unexpected(bytes) }
    }

    /// Consumes an exponent's sign and digits; beyond a million it stays there, which is far out of range.
    private mutating func exponentPart(_ bytes: Span<UInt8>) throws(JSONError) -> Int {
        var isNegative = false
        if index < bytes.count, bytes[index] == Byte.plus || bytes[index] == Byte.minus {
            isNegative = bytes[index] == Byte.minus
            index &+= 1
        }
        var value = 0
        let start = index
        while index < bytes.count {
            let digit = bytes[index] &- Byte.zero
            guard digit < 10 else { break }
            value = min(value &* 10 &+ Int(digit), 1_000_000)
            index &+= 1
        }
        guard index > start else { throw unexpected(bytes) }
        return isNegative ? -value : value
    }
}

/// The powers of ten that are doubles without an error.
private let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]
