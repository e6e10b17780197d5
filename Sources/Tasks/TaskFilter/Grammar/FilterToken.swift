/// A part of a filter's text that has a meaning of its own.
struct FilterToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// A name, a keyword, or a text without quotes.
        case word
        /// What begins with a digit: a number, a date, a date-time, or the step in `today+7d`.
        case number
        /// A text in quotes, read.
        case text(String)
        case sign(FilterOperator)
        case open
        case close
        case comma
        case plus
        case minus
        /// What has no meaning in the grammar.
        case other
        case end
    }

    let kind: Kind
    /// Where it begins, in Unicode scalars from 0.
    let position: Int
    /// How it is written; empty at the end.
    let source: String

    /// How it is written, in lower case; only ASCII has cases here.
    var lowercased: String { String(decoding: source.utf8.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }, as: UTF8.self) }

    /// A word in lower case; `nil` for anything else.
    var keyword: String? { kind == .word ? lowercased : nil }

    /// Whether it is a word of the grammar, in any case.
    func isKeyword(_ word: String) -> Bool { keyword?.utf8.elementsEqual(word.utf8) ?? false }
}
