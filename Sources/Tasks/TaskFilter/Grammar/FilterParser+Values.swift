import DaprCalendar
import DaprText

// Values, of which each field takes its own.
extension FilterParser {
    /// The next value.
    ///
    /// - Throws: ``FilterError`` when a field does not take it.
    mutating func value(of field: FilterField, comparedBy comparison: FilterOperator) throws(FilterError) -> FilterValue
    {
        let found = token
        switch found.kind {
        case .word, .number, .text: break
        default: throw unexpected(field.expectedValue)
        }
        if found.isKeyword("null") {
            guard field.canBeNull, comparison == .equal || comparison == .notEqual else {
                throw unsuitable(found, field)
            }
            _ = try take()
            return .null
        }
        let value: FilterValue? =
            switch field.kind {
            case .word: word(found, of: field)
            case .flag: found.isKeyword("true") ? .flag(true) : found.isKeyword("false") ? .flag(false) : nil
            case .text, .texts: text(found)
            case .integer: found.kind == .number ? Int(found.source).map { .integer($0) } : nil
            case .date: try date(found)
            }
        guard let value else { throw unsuitable(found, field) }
        _ = try take()
        switch value {
        case .today(.zero): return .today(try step(from: "today", units: [.days, .weeks, .months]))
        case .now(.zero): return .now(try step(from: "now", units: DateStep.Unit.allCases))
        default: return value
        }
    }

    private func unsuitable(_ token: FilterToken, _ field: FilterField) -> FilterError {
        let words: [String] =
            switch field.kind {
            case .word: field.words
            case .flag: ["true", "false"]
            case .date: Self.days.map(\.word) + ["now"]
            case .text, .texts, .integer: []
            }
        let nearest = token.keyword.flatMap { NearestName.of($0, among: words) }
        return FilterError(.unsuitableValue(token.source, field: field, suggestion: nearest), at: token.position)
    }

    private func word(_ token: FilterToken, of field: FilterField) -> FilterValue? {
        let written: String
        if case .text(let text) = token.kind { written = text } else { written = token.keyword ?? "" }
        return field.words.firstIndex { $0.utf8.elementsEqual(written.utf8) }.map { .word($0) }
    }

    private func text(_ token: FilterToken) -> FilterValue? {
        switch token.kind {
        case .text(let text): .text(ExactText(text))
        case .word: .text(ExactText(token.source))
        default: nil
        }
    }

    // MARK: Dates

    /// The words for days, and how far these are from today.
    private static let days: [(word: String, count: Int)] = [("today", 0), ("tomorrow", 1), ("yesterday", -1)]

    private func date(_ token: FilterToken) throws(FilterError) -> FilterValue? {
        switch token.kind {
        case .word:
            if token.isKeyword("now") { return .now(.zero) }
            return Self.days.first { token.isKeyword($0.word) }.map { .today(DateStep($0.count, .days)) }
        case .number: return try date(token.source, at: token.position)
        case .text(let text): return try date(text, at: token.position)
        default: return nil
        }
    }

    private func date(_ text: String, at position: Int) throws(FilterError) -> FilterValue? {
        var reader = TimeReader(text)
        if let day = reader.days() {
            if reader.isAtEnd { return .day(day) }
            guard let time = RFC3339.milliseconds(parsing: text), RFC3339.milliseconds.contains(time) else {
                return nil
            }
            return .time(time)
        }
        // What has the form of a day and is none is told so.
        let day = text.utf8.prefix(10)
        let isInForm =
            day.count == 10
            && day.enumerated().allSatisfy { place, byte in
                place == 4 || place == 7 ? byte == UInt8(ascii: "-") : byte &- UInt8(ascii: "0") < 10
            }
        if isInForm { throw FilterError(.noSuchDay(String(decoding: day, as: UTF8.self)), at: position) }
        return nil
    }

    /// The step behind `today` or `now`; none where no sign follows.
    private mutating func step(from word: String, units: [DateStep.Unit]) throws(FilterError) -> DateStep {
        let sign = token
        switch sign.kind {
        case .plus, .minus: break
        // A + that stood in a URL unescaped has become a space.
        case .number: throw unexpected("+ or - (in a URL, + is written %2B)")
        default: return .zero
        }
        _ = try take()
        let written = token.lowercased.utf8
        let digits = written.prefix { $0 &- UInt8(ascii: "0") < 10 }
        let letters = written.dropFirst(digits.count)
        guard token.kind == .number, let count = Int(Substring(digits)), count <= DateStep.limit,
            let unit = units.first(where: { $0.rawValue.utf8.elementsEqual(letters) })
        else { throw FilterError(.invalidStep(token.source, of: word), at: token.position) }
        _ = try take()
        return count == 0 ? .zero : DateStep(sign.kind == .minus ? -count : count, unit)
    }
}
