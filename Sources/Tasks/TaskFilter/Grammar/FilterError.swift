import DaprText

/// Why a text is no filter, and where.
package struct FilterError: Error, Hashable, Sendable {
    /// Where it is, in Unicode scalars from 0; the text's length where it ends too early.
    package let position: Int
    package let fault: FilterFault

    init(_ fault: FilterFault, at position: Int) {
        self.fault = fault
        self.position = position
    }
}

/// What is wrong with a filter.
package enum FilterFault: Hashable, Sendable {
    /// Something else was expected here; what was found is empty at the end.
    case unexpected(String, expected: String, suggestion: String?)
    /// There is no such field.
    case unknownField(String, suggestion: String?)
    /// The field is not compared like this.
    case unsupportedOperator(String, field: FilterField)
    /// The field does not take this value.
    case unsuitableValue(String, field: FilterField, suggestion: String?)
    /// The calendar has no such day.
    case noSuchDay(String)
    /// A step behind `today` or `now` is none.
    case invalidStep(String, of: String)
    /// Nothing is left of the text that is looked for without its marks.
    case nothingToFind
    /// A text in quotes has no end.
    case unterminatedText
    /// A backslash in a text stands before something that has no meaning there.
    case invalidEscape
    /// A value of the parameter `due` begins with none of its words.
    case unknownShortcut(String, suggestion: String?)
    /// The filter has more Unicode scalars than it may.
    case tooLong(limit: Int)
    /// The filter is nested deeper than it may be.
    case tooDeep(limit: Int)
    /// The filter has more comparisons than it may.
    case tooManyTerms(limit: Int)
    /// The filter searches in texts more often than it may.
    case tooManySearches(limit: Int)

    /// What may have been meant, to be put in place of what was found.
    package var suggestion: String? {
        switch self {
        case .unexpected(_, _, let suggestion), .unknownField(_, let suggestion),
            .unsuitableValue(_, _, let suggestion), .unknownShortcut(_, let suggestion):
            suggestion
        case .unsupportedOperator, .noSuchDay, .invalidStep, .nothingToFind, .unterminatedText, .invalidEscape,
            .tooLong,
            .tooDeep, .tooManyTerms, .tooManySearches:
            nil
        }
    }
}

extension FilterError: CustomStringConvertible {
    /// Where and what is wrong, and what would be right, in a sentence.
    package var description: String {
        "At position \(position): \(fault)" + (fault.suggestion.map { "; did you mean \($0)?" } ?? ".")
    }
}

extension FilterFault: CustomStringConvertible {
    /// What is wrong and what would be right, without a full stop, and without ``suggestion``.
    package var description: String {
        switch self {
        case .unexpected(let found, let expected, _): "\(expected) is expected here, not \(Self.shown(found))"
        case .unknownField(let name, _):
            "there is no field \(Self.shown(name)); there are "
                + FilterField.allCases.map(\.rawValue).joined(separator: ", ")
        case .unsupportedOperator(let sign, let field):
            "\(field.rawValue) is not compared by \(Self.shown(sign)) but by \(field.expectedOperators)"
        case .unsuitableValue(let value, let field, _):
            "\(field.rawValue) takes \(field.expectedValue), not \(Self.shown(value))"
        case .noSuchDay(let day): "the calendar has no day \(Self.shown(day))"
        case .invalidStep(let step, let word):
            "\(Self.shown(step)) is no step from \(word), which takes up to \(DateStep.limit) of "
                + (word == "now" ? "h (hours), " : "") + "d (days), w (weeks) or mo (months), as in \(word)+7d"
        case .nothingToFind: "without case and accents nothing is left to look for; write at least a letter"
        case .unterminatedText: "the text that begins here has no closing quote"
        case .invalidEscape: "after a backslash stands a quote, a backslash, n, r, t or u{hexadecimal}"
        case .unknownShortcut(let word, _): "due takes \(DueShortcut.expected), not \(Self.shown(word))"
        case .tooLong(let limit): "a filter has up to \(limit) code points"
        case .tooDeep(let limit): "not and parentheses are nested up to \(limit) deep"
        case .tooManyTerms(let limit): "a filter has up to \(limit) comparisons, and each value in a list is one"
        case .tooManySearches(let limit): "a filter has up to \(limit) searches by ~"
        }
    }

    /// What was found, on one line and not too long of it.
    private static func shown(_ text: String) -> String {
        if text.isEmpty { return "the end" }
        let short = String(text.unicodeScalars.prefix(40))
        return FilterQuoting.quoted(short) + (short.utf8.count < text.utf8.count ? "…" : "")
    }
}

extension FilterField {
    /// How the field is compared, in words.
    var expectedOperators: String {
        let signs = operators.map(\.rawValue)
        return signs.dropLast().joined(separator: ", ") + " or " + (signs.last ?? "")
    }
}
