/// Splits a filter into tokens.
struct FilterLexer {
    private let scalars: [Unicode.Scalar]
    private var place = 0

    /// - Throws: ``FilterFault/tooLong(limit:)``.
    init(_ text: String) throws(FilterError) {
        // A scalar takes at most four bytes, so the scalars of a much too long text need not be counted.
        guard text.utf8.count <= FilterLimits.length * 4 else { throw Self.tooLong }
        scalars = Array(text.unicodeScalars)
        guard scalars.count <= FilterLimits.length else { throw Self.tooLong }
    }

    private static var tooLong: FilterError {
        FilterError(.tooLong(limit: FilterLimits.length), at: FilterLimits.length)
    }

    /// The next token; at the end that, as often as it is asked for.
    mutating func next() throws(FilterError) -> FilterToken {
        while let scalar = peek(), scalar.properties.isWhitespace { place += 1 }
        let start = place
        guard let scalar = peek() else { return token(.end, from: start) }
        switch scalar {
        case "(": return one(.open)
        case ")": return one(.close)
        case ",": return one(.comma)
        case "+": return one(.plus)
        case "-": return one(.minus)
        case "\"", "'": return token(.text(try text(until: scalar)), from: start)
        case "0"..."9":
            skip(while: Self.isInNumber)
            return token(.number, from: start)
        case _ where Self.isInWord(scalar):
            skip(while: Self.isInWord)
            return token(.word, from: start)
        default: return sign(scalar)
        }
    }

    private func peek() -> Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private mutating func skip(while isWanted: (Unicode.Scalar) -> Bool) {
        while let scalar = peek(), isWanted(scalar) { place += 1 }
    }

    private func token(_ kind: FilterToken.Kind, from start: Int) -> FilterToken {
        var source = String.UnicodeScalarView()
        source.append(contentsOf: scalars[start..<place])
        return FilterToken(kind: kind, position: start, source: String(source))
    }

    private mutating func one(_ kind: FilterToken.Kind) -> FilterToken {
        place += 1
        return token(kind, from: place - 1)
    }

    /// Letters, digits and `_`; beyond ASCII what is part of a word for a search.
    private static func isInWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: !scalar.isASCII && WordPart(of: scalar).isInWord
        }
    }

    /// What may stand in a number, a date or a date-time.
    private static func isInNumber(_ scalar: Unicode.Scalar) -> Bool {
        isInWord(scalar) || scalar == "-" || scalar == "+" || scalar == ":" || scalar == "."
    }

    /// An operator of two signs or one, or what other languages have for one.
    private mutating func sign(_ first: Unicode.Scalar) -> FilterToken {
        let start = place
        place += 1
        let kind: (FilterToken.Kind, takesTwo: Bool) =
            switch (first, peek()) {
            case ("!", "="): (.sign(.notEqual), true)
            case ("<", "="): (.sign(.atMost), true)
            case (">", "="): (.sign(.atLeast), true)
            case ("=", "="), ("<", ">"), ("&", "&"), ("|", "|"): (.other, true)
            case ("=", _): (.sign(.equal), false)
            case ("<", _): (.sign(.less), false)
            case (">", _): (.sign(.greater), false)
            case ("~", _): (.sign(.contains), false)
            default: (.other, false)
            }
        if kind.takesTwo { place += 1 }
        return token(kind.0, from: start)
    }

    /// A text in quotes, of which the first is next.
    private mutating func text(until quote: Unicode.Scalar) throws(FilterError) -> String {
        let start = place
        place += 1
        var text = String.UnicodeScalarView()
        while let scalar = peek() {
            place += 1
            if scalar == quote { return String(text) }
            text.append(scalar == "\\" ? try escape() : scalar)
        }
        throw FilterError(.unterminatedText, at: start)
    }

    /// What a backslash, which was just taken, and what follows stand for.
    private mutating func escape() throws(FilterError) -> Unicode.Scalar {
        let fault = FilterError(.invalidEscape, at: place - 1)
        guard let scalar = peek() else { throw fault }
        place += 1
        switch scalar {
        case "\"", "'", "\\": return scalar
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            guard peek() == "{" else { throw fault }
            place += 1
            let start = place
            skip { $0.properties.isASCIIHexDigit }
            let digits = scalars[start..<place].reduce(into: "") { $0.unicodeScalars.append($1) }
            guard digits.utf8.count <= 6, let value = UInt32(digits, radix: 16), let escaped = Unicode.Scalar(value),
                peek() == "}"
            else { throw fault }
            place += 1
            return escaped
        default: throw fault
        }
    }
}
