import DaprCalendar
import DaprText

extension FilterExpression {
    /// The canonical text: parsed, it is the same expression.
    ///
    /// Names, keywords and words are small, texts stand in double quotes, moments are in UTC, and there are no more spaces and parentheses than
    /// must be. So two filters that differ in these alone have one canonical text. It may be longer than a filter may be.
    package var text: String { text(inside: .or) }

    /// How tightly a part holds together.
    private enum Tightness: Int {
        case or
        case and
        case not
    }

    private func text(inside around: Tightness) -> String {
        switch self {
        case .term(let term): return term.text
        case .not(let inner): return "not " + inner.text(inside: .not)
        case .and(let parts): return joined(parts, by: .and, " and ", inside: around)
        case .or(let parts): return joined(parts, by: .or, " or ", inside: around)
        }
    }

    private func joined(
        _ parts: [FilterExpression],
        by own: Tightness,
        _ separator: String,
        inside around: Tightness
    ) -> String {
        let text = parts.map { $0.text(inside: own) }.joined(separator: separator)
        return own.rawValue < around.rawValue ? "(\(text))" : text
    }
}

extension FilterTerm {
    /// The term in the canonical text.
    fileprivate var text: String {
        let texts = values.map { $0.text(of: field) }
        let value = comparison == .isAmong ? "(\(texts.joined(separator: ", ")))" : texts.joined()
        return "\(field.rawValue) \(comparison.rawValue) \(value)"
    }
}

extension FilterValue {
    /// The value in the canonical text of a comparison with a field.
    fileprivate func text(of field: FilterField) -> String {
        switch self {
        case .null: "null"
        case .word(let place): field.words[place]
        case .flag(let flag): "\(flag)"
        case .integer(let integer): "\(integer)"
        case .text(let text): FilterQuoting.quoted(text.text)
        case .day(let day): String(RFC3339.text(seconds: day * 86_400).prefix(10))
        case .time(let time): Self.text(milliseconds: time)
        case .today(let step): "today\(step.text)"
        case .now(let step): "now\(step.text)"
        }
    }

    private static func text(milliseconds: Int64) -> String {
        let bytes = RFC3339.utf8(milliseconds: milliseconds)
        return String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
}

extension DateStep {
    /// As in `+7d`; empty for no step.
    fileprivate var text: String { count == 0 ? "" : "\(count < 0 ? "" : "+")\(count)\(unit.rawValue)" }
}
