import DaprText

/// Which tasks somebody looks for, as the parameter `q` says it: `milk "oat drink" caf`.
///
/// A task is found when it has all of what is looked for: a word as the beginning of a word, words in double quotes side by side as they are.
/// Case and accents do not count (``TextFold``). A quote that is not closed ends with the text, and its last word may be the beginning of one, so
/// that a search can be sent with every key that is pressed.
package struct SearchQuery: Hashable, Sendable {
    /// The most Unicode scalars of a query.
    package static let lengthLimit = 200
    /// The most words and phrases of a query.
    package static let termLimit = 10

    private let terms: [SearchTerm]

    /// Reads a query.
    ///
    /// - Throws: ``SearchError`` when it is too long or has too many words, or none.
    package init(parsing text: String) throws(SearchError) {
        guard text.utf8.count <= Self.lengthLimit * 4, text.unicodeScalars.count <= Self.lengthLimit else {
            throw .tooLong(limit: Self.lengthLimit)
        }
        var terms: [SearchTerm] = []
        var part = String.UnicodeScalarView()
        var isQuoted = false
        func finish(isPhrase: Bool) {
            if let term = SearchTerm(String(part), isPhrase: isPhrase) { terms.append(term) }
            part.removeAll()
        }
        for scalar in text.unicodeScalars {
            if Self.isQuote(scalar) {
                finish(isPhrase: isQuoted)
                isQuoted.toggle()
            } else if scalar.properties.isWhitespace, !isQuoted {
                finish(isPhrase: false)
            } else {
                part.append(scalar)
            }
        }
        finish(isPhrase: false)
        guard !terms.isEmpty else { throw .noWord }
        guard terms.count <= Self.termLimit else { throw .tooManyWords(limit: Self.termLimit) }
        self.terms = terms
    }

    /// A straight quote, or one of those that telephones put in its place.
    private static func isQuote(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "\u{201C}", "\u{201D}", "\u{201E}": true
        default: false
        }
    }

    /// How many words and phrases it has, for each of which the texts of a task are read through.
    package var count: Int { terms.count }

    /// The canonical text: two queries that look for the same in the same order have the same one.
    package var text: String { terms.map(\.text).joined(separator: " ") }

    /// How well a task has what is looked for, greater for better; `nil` when it lacks some of it.
    ///
    /// Each word or phrase counts by its best place: 6 for a whole word of the title and 5 for the beginning of one, 4 and 3 for tags, 2 and 1 for
    /// the description. The rank is their sum, so it depends on the task and the query alone.
    package func rank(of task: some FilterSubject) -> Int? {
        var sum = 0
        for term in terms {
            guard let points = Self.points(of: term, in: task) else { return nil }
            sum += points
        }
        return sum
    }

    private static func points(of term: SearchTerm, in task: some FilterSubject) -> Int? {
        let title = term.match(in: task.titleText)
        if title > .none { return 4 + title.rawValue }
        var best = SearchTerm.Match.none
        for tag in task.tagTexts where best < .whole { best = max(best, term.match(in: tag)) }
        if best > .none { return 2 + best.rawValue }
        guard let description = task.descriptionText else { return nil }
        best = term.match(in: description)
        return best > .none ? best.rawValue : nil
    }
}

/// Why a text is no search.
package enum SearchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It has more Unicode scalars than it may.
    case tooLong(limit: Int)
    /// It has more words and phrases than it may.
    case tooManyWords(limit: Int)
    /// It has nothing but blanks, punctuation and marks.
    case noWord

    package var description: String {
        switch self {
        case .tooLong(let limit): "Search with up to \(limit) code points."
        case .tooManyWords(let limit): "Search for up to \(limit) words; words in quotes count as one."
        case .noWord: "Give at least one word, number or emoji to search for."
        }
    }
}
