import DaprText

/// A token of the language.
enum Token: Equatable, Sendable {
    case identifier(String)
    case int(magnitude: UInt64, text: String)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    /// An operator or bracket.
    case symbol(String)
    case end

    /// The token, for an error message.
    var name: String {
        switch self {
        case .identifier(let name): name
        case .int(_, let text): text
        case .uint(let value): "\(value)u"
        case .double(let value): "\(value)"
        case .string: "a string"
        case .bytes: "bytes"
        case .symbol(let symbol): symbol
        case .end: "the end"
        }
    }
}

/// Splits an expression into tokens.
struct Lexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ source: String, limits: CELLimits) throws(CELError) {
        // A scalar takes at most four bytes, so the scalars of a much too long text need not be counted.
        guard source.utf8.count <= limits.length.multipliedReportingOverflow(by: 4).partialValue else {
            throw .tooLong(limit: limits.length)
        }
        self.scalars = Array(source.unicodeScalars)
        guard scalars.count <= limits.length else { throw .tooLong(limit: limits.length) }
    }

    /// The next token with its column.
    mutating func next() throws(CELError) -> (token: Token, column: Int) {
        skipSpace()
        let column = position + 1
        guard let scalar = peek() else { return (.end, column) }
        if let literal = try quoted() { return (literal, column) }
        if scalar.isLetter {
            return (.identifier(take { $0.isLetter || $0.isDigit }), column)
        }
        if scalar.isDigit || (scalar == "." && peek(1)?.isDigit == true) { return (try number(), column) }
        return (.symbol(try symbol()), column)
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private mutating func take(while isWanted: (Unicode.Scalar) -> Bool) -> String {
        var text = String.UnicodeScalarView()
        while let scalar = peek(), isWanted(scalar) {
            text.append(scalar)
            position += 1
        }
        return String(text)
    }

    private mutating func skipSpace() {
        while let scalar = peek() {
            if scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" || scalar == "\u{0C}" {
                position += 1
            } else if scalar == "/", peek(1) == "/" {
                while let scalar = peek(), scalar != "\n" { position += 1 }
            } else {
                return
            }
        }
    }

    private mutating func symbol() throws(CELError) -> String {
        let first = scalars[position]
        if let second = peek(1) {
            let pair = String(String.UnicodeScalarView([first, second]))
            if ["==", "!=", "<=", ">=", "&&", "||"].contains(pair) {
                position += 2
                return pair
            }
        }
        guard "+-*/%<>!?:.,()[]{}".unicodeScalars.contains(first) else {
            throw .unexpected(first.shown, expected: "an expression", column: position + 1)
        }
        position += 1
        return String(first)
    }

    // MARK: Numbers

    private mutating func number() throws(CELError) -> Token {
        let column = position + 1
        if peek() == "0", peek(1) == "x" || peek(1) == "X" {
            position += 2
            let digits = take { $0.isHexadecimal }
            guard let value = UInt64(digits, radix: 16) else { throw .invalidNumber("0x" + digits, column: column) }
            return try whole(value, text: "0x" + digits, column: column)
        }
        var text = take { $0.isDigit }
        var isDouble = false
        if peek() == ".", peek(1)?.isDigit == true {
            position += 1
            text += "." + take { $0.isDigit }
            isDouble = true
        }
        if peek() == "e" || peek() == "E" {
            let isSigned = peek(1) == "+" || peek(1) == "-"
            guard peek(isSigned ? 2 : 1)?.isDigit == true else { throw .invalidNumber(text + "e", column: column) }
            position += 1
            text += "e"
            if isSigned, let sign = peek() {
                text.unicodeScalars.append(sign)
                position += 1
            }
            text += take { $0.isDigit }
            isDouble = true
        }
        if isDouble {
            let full = text.hasBytePrefix(".") ? "0" + text : text
            guard let value = Double(full), value.isFinite else { throw .invalidNumber(text, column: column) }
            try refuseLetter(after: text, column)
            return .double(value)
        }
        guard let value = UInt64(text) else { throw .invalidNumber(text, column: column) }
        return try whole(value, text: text, column: column)
    }

    private mutating func whole(_ value: UInt64, text: String, column: Int) throws(CELError) -> Token {
        let isUnsigned = peek() == "u" || peek() == "U"
        if isUnsigned { position += 1 }
        try refuseLetter(after: text, column)
        return isUnsigned ? .uint(value) : .int(magnitude: value, text: text)
    }

    private func refuseLetter(after text: String, _ column: Int) throws(CELError) {
        if let scalar = peek(), scalar.isLetter || scalar.isDigit {
            throw .invalidNumber(text + String(scalar), column: column)
        }
    }

    // MARK: Strings

    /// Parses a string or bytes literal, if one begins here.
    private mutating func quoted() throws(CELError) -> Token? {
        let start = position
        var isRaw = false
        var isBytes = false
        var ahead = 0
        while let scalar = peek(ahead), ahead < 2 {
            if scalar == "r" || scalar == "R", !isRaw {
                isRaw = true
            } else if scalar == "b" || scalar == "B", !isBytes {
                isBytes = true
            } else {
                break
            }
            ahead += 1
        }
        guard let quote = peek(ahead), quote == "\"" || quote == "'" else { return nil }
        position += ahead + 1
        let isTriple = peek() == quote && peek(1) == quote
        if isTriple { position += 2 }
        var text = String.UnicodeScalarView()
        var bytes: [UInt8] = []
        while true {
            guard let scalar = peek() else { throw .unterminatedLiteral(column: start + 1) }
            if scalar == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
                position += isTriple ? 3 : 1
                return isBytes ? .bytes(bytes) : .string(String(text))
            }
            if !isTriple, scalar == "\n" || scalar == "\r" { throw .unterminatedLiteral(column: start + 1) }
            position += 1
            let isEscape = scalar == "\\" && !isRaw
            let value = isEscape ? try escape(isBytes: isBytes) : .scalar(scalar)
            switch value {
            case .scalar(let scalar): if isBytes { bytes += Array(String(scalar).utf8) } else { text.append(scalar) }
            case .byte(let byte): bytes.append(byte)
            }
        }
    }

    private enum Escape {
        case scalar(Unicode.Scalar)
        case byte(UInt8)
    }

    private mutating func escape(isBytes: Bool) throws(CELError) -> Escape {
        let column = position
        guard let scalar = peek() else { throw .invalidEscape(column: column) }
        position += 1
        switch scalar {
        case "\\", "?", "\"", "'", "`": return .scalar(scalar)
        case "a": return .scalar("\u{07}")
        case "b": return .scalar("\u{08}")
        case "f": return .scalar("\u{0C}")
        case "n": return .scalar("\n")
        case "r": return .scalar("\r")
        case "t": return .scalar("\t")
        case "v": return .scalar("\u{0B}")
        case "x", "X": return try coded(digits: 2, radix: 16, isByte: isBytes, column)
        case "u" where !isBytes: return try coded(digits: 4, radix: 16, isByte: false, column)
        case "U" where !isBytes: return try coded(digits: 8, radix: 16, isByte: false, column)
        case "0", "1", "2", "3":
            position -= 1
            return try coded(digits: 3, radix: 8, isByte: isBytes, column)
        default: throw .invalidEscape(column: column)
        }
    }

    private mutating func coded(digits: Int, radix: Int, isByte: Bool, _ column: Int) throws(CELError) -> Escape {
        var text = ""
        for _ in 0..<digits {
            guard let scalar = peek(), scalar.isHexadecimal else { throw .invalidEscape(column: column) }
            text.unicodeScalars.append(scalar)
            position += 1
        }
        guard let value = UInt32(text, radix: radix) else { throw .invalidEscape(column: column) }
        if isByte, let byte = UInt8(exactly: value) { return .byte(byte) }
        guard let scalar = Unicode.Scalar(value) else { throw .invalidEscape(column: column) }
        return .scalar(scalar)
    }
}

extension Unicode.Scalar {
    /// Whether the scalar is A to Z in either case, or the underscore.
    var isLetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) || self == "_" }

    /// Whether the scalar is 0 to 9.
    var isDigit: Bool { ("0"..."9").contains(self) }

    /// Whether the scalar is 0 to 9, or A to F in either case.
    var isHexadecimal: Bool { isDigit || ("a"..."f").contains(self) || ("A"..."F").contains(self) }

    /// The scalar for an error message: itself if it is a visible ASCII character, otherwise its code point.
    var shown: String {
        value > 0x20 && value < 0x7F ? String(self) : "U+" + String(value, radix: 16, uppercase: true)
    }
}
