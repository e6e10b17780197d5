import DaprText

/// Scans the characters of a pattern in RE2's syntax, and the character sets that it names.
struct RegexScanner {
    private let scalars: [Unicode.Scalar]
    /// The index of the next character.
    var position = 0

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    /// The number of characters.
    var count: Int { scalars.count }

    func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    /// Scans a decimal number, if there is one.
    mutating func number() -> Int? {
        var value: Int?
        while let scalar = peek(), scalar.isDigit {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), 100_000)
            position += 1
        }
        return value
    }

    /// Scans the text before `end` and `end` itself; `nil` when `end` does not occur.
    mutating func text(until end: Unicode.Scalar) -> String? {
        var text = String.UnicodeScalarView()
        while let scalar = peek() {
            position += 1
            if scalar == end { return String(text) }
            text.append(scalar)
        }
        return nil
    }

    /// Scans `\d` and similar classes, whose backslash has already been scanned.
    mutating func shorthand() throws(LinearRegexError) -> RegexSet? {
        guard let scalar = peek() else { throw .unexpectedEnd }
        let set: RegexSet
        switch scalar {
        case "d": set = .digits
        case "D": set = RegexSet(ranges: RegexSet.digits.complement)
        case "w": set = .words
        case "W": set = RegexSet(ranges: RegexSet.words.complement)
        case "s": set = .spaces
        case "S": set = RegexSet(ranges: RegexSet.spaces.complement)
        case "p", "P":
            position += 1
            return try category(isNegated: scalar == "P")
        default: return nil
        }
        position += 1
        return set
    }

    private mutating func category(isNegated: Bool) throws(LinearRegexError) -> RegexSet {
        guard let first = peek() else { throw .unexpectedEnd }
        position += 1
        var name = String(first)
        var isNegated = isNegated
        if first == "{" {
            guard let inner = text(until: "}") else { throw .unexpectedEnd }
            name = inner
            if name.hasBytePrefix("^") {
                name = String(name.droppingBytes(1))
                isNegated.toggle()
            }
        }
        guard let category = RegexCategory(name, isNegated: isNegated) else { throw .unknownCategory(name) }
        var set = RegexSet()
        set.categories = [category]
        return set
    }

    mutating func escapedScalar() throws(LinearRegexError) -> Unicode.Scalar {
        guard let scalar = peek() else { throw .unexpectedEnd }
        position += 1
        switch scalar {
        case "a": return "\u{07}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0B}"
        case "x": return try hexadecimal()
        case "0":
            var value: UInt32 = 0
            for _ in 0..<2 {
                guard let digit = peek(), ("0"..."7").contains(digit) else { break }
                value = value * 8 + (digit.value - 0x30)
                position += 1
            }
            return Unicode.Scalar(value) ?? "\0"
        default:
            guard scalar.value < 0x80, !scalar.isLetter || scalar == "_", !scalar.isDigit else {
                throw .invalidEscape(String(scalar))
            }
            return scalar
        }
    }

    private mutating func hexadecimal() throws(LinearRegexError) -> Unicode.Scalar {
        let digits: String
        if take("{") {
            guard let inner = text(until: "}"), inner.utf8.count <= 8 else { throw .invalidEscape("x") }
            digits = inner
        } else {
            guard let first = peek(), let second = peek(1) else { throw .unexpectedEnd }
            digits = String(String.UnicodeScalarView([first, second]))
            position += 2
        }
        guard digits.unicodeScalars.allSatisfy(\.isHexadecimal), let value = UInt32(digits, radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw .invalidEscape("x" + digits) }
        return scalar
    }

    // MARK: Classes

    mutating func bracketed() throws(LinearRegexError) -> RegexSet {
        var set = RegexSet()
        set.isNegated = take("^")
        var isFirst = true
        while true {
            guard let scalar = peek() else { throw .invalidClass }
            if scalar == "]", !isFirst {
                position += 1
                return set
            }
            isFirst = false
            if scalar == "[", peek(1) == ":" {
                try add(posixTo: &set)
                continue
            }
            if scalar == "\\" {
                position += 1
                if let shorthand = try shorthand() {
                    set.ranges += shorthand.ranges
                    set.categories += shorthand.categories
                    continue
                }
                position -= 1
            }
            let low = try classScalar()
            guard peek() == "-", let next = peek(1), next != "]" else {
                set.ranges.append(low.value...low.value)
                continue
            }
            position += 1
            let high = try classScalar()
            guard low.value <= high.value else { throw .invalidClass }
            set.ranges.append(low.value...high.value)
        }
    }

    private mutating func classScalar() throws(LinearRegexError) -> Unicode.Scalar {
        guard let scalar = peek() else { throw .invalidClass }
        position += 1
        return scalar == "\\" ? try escapedScalar() : scalar
    }

    private mutating func add(posixTo set: inout RegexSet) throws(LinearRegexError) {
        position += 2
        let isNegated = take("^")
        guard let name = text(until: ":"), take("]"), let posix = RegexSet.posix(name) else { throw .invalidClass }
        set.ranges += isNegated ? posix.complement : posix.ranges
    }
}
