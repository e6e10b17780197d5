package import DaprText

/// Which tasks somebody wants, as the parameter `filter` says it: `due < today+7d and not tag has "home"`.
///
/// `docs/filters.md` has the grammar. A filter knows no time and no zone; ``resolved(in:)`` takes both, and then tasks are looked at.
package struct Filter: Hashable, Sendable {
    /// What it asks.
    package let expression: FilterExpression
    /// The canonical text, by which two filters are the same (see ``FilterExpression/text``).
    package let text: ExactText

    package init(_ expression: FilterExpression) {
        self.expression = expression
        text = ExactText(expression.text)
    }

    /// Reads a filter.
    ///
    /// - Throws: ``FilterError``, at the first place that is wrong.
    package init(parsing text: String) throws(FilterError) {
        var parser = try FilterParser(text)
        self.init(try parser.whole())
    }

    /// When what it asks is another next, in milliseconds since 1970; `nil` when it stays.
    ///
    /// With `today` that is the next midnight of the zone, with `now` the next millisecond. An answer's `ETag` holds it: two answers are of the
    /// same filter when its text, the zone and this are the same.
    package func boundary(in context: FilterContext) -> Int64? {
        if isRelative(to: .moment) { return context.now + 1 }
        return isRelative(to: .day) ? context.start(ofDay: context.today + 1) : nil
    }

    private enum Present {
        case day
        case moment
    }

    private func isRelative(to present: Present) -> Bool {
        expression.contains { term in
            term.values.contains { value in
                switch value {
                case .today: present == .day
                case .now: present == .moment
                case .null, .word, .flag, .integer, .text, .day, .time: false
                }
            }
        }
    }

    /// The filter at a time and in a zone, ready to be put to tasks.
    package func resolved(in context: FilterContext) -> ResolvedFilter { ResolvedFilter(expression, in: context) }
}
