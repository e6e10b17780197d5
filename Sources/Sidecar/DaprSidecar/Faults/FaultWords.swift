/// The words of a plan's line: writes values and splits lines.
enum FaultWords {
    /// Writes a value as one word: as it is, or in quotes when it contains a character that ends a word.
    static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && scalar.value != 0x7F && !"\"#\\=".unicodeScalars.contains(scalar)
        }
        if isPlain && !text.isEmpty && text != "->" { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                quoted.unicodeScalars.append("\\")
                quoted.unicodeScalars.append(scalar)
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    static func range(_ range: ClosedRange<Int>) -> String {
        if range.upperBound == .max { return "\(range.lowerBound)-" }
        return range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }

    /// Writes a duration in the largest unit that divides it, so that nothing is lost.
    static func duration(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        if attoseconds == 0 { return "\(seconds)s" }
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return "\(seconds)s" }
        let nanoseconds = whole + attoseconds / 1_000_000_000
        for (unit, scale) in [("ms", Int64(1_000_000)), ("us", 1000)] where nanoseconds % scale == 0 {
            return "\(nanoseconds / scale)\(unit)"
        }
        return "\(nanoseconds)ns"
    }

    /// A word, with the part before an unquoted `=` as its name, if there is one.
    struct Word: Equatable {
        var name: String?
        var value: String
        /// Whether part of the word was in quotes, so that it is not a sign such as `->`.
        var isQuoted = false
    }

    /// Splits a line up to a `#` into words; `nil` when a quote is not closed or an escape is unknown.
    static func split(_ line: Substring.UnicodeScalarView) -> [Word]? {
        var words: [Word] = []
        var word: Word?
        var isInQuotes = false
        var scalars = line.makeIterator()
        while let scalar = scalars.next() {
            if isInQuotes {
                switch scalar {
                case "\"": isInQuotes = false
                case "\\":
                    guard let escaped = scalars.next().flatMap({ escapes[$0] }) else { return nil }
                    word?.value.unicodeScalars.append(escaped)
                default: word?.value.unicodeScalars.append(scalar)
                }
                continue
            }
            switch scalar {
            case " ", "\t", "\r":
                if let word { words.append(word) }
                word = nil
            case "#" where word == nil: return words
            case "\"":
                word = word ?? Word(value: "")
                word?.isQuoted = true
                isInQuotes = true
            case "=" where word != nil && word?.name == nil && word?.isQuoted == false:
                word = Word(name: word?.value, value: "")
            default:
                word = word ?? Word(value: "")
                word?.value.unicodeScalars.append(scalar)
            }
        }
        if isInQuotes { return nil }
        if let word { words.append(word) }
        return words
    }

    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
        "\"": "\"", "\\": "\\", "n": "\n", "r": "\r", "t": "\t",
    ]
}
