import DaprText

/// The short forms of the parameter `due`, for what is asked most.
///
///     before:2026-12-01  after:2026-12-01  on:today  none  overdue  today  week
package enum DueShortcut: String, CaseIterable, Sendable {
    /// Due before the day or moment begins.
    case before
    /// Due after the day or moment is over.
    case after
    /// Due on the day, or at the moment.
    case on
    /// Without a due date.
    case none
    /// Due in the past and not done.
    case overdue
    /// Due on the day of the asker's zone.
    case today
    /// Due on one of seven days, of which today is the first.
    case week

    /// Whether a date follows, behind a colon.
    private var takesDate: Bool {
        switch self {
        case .before, .after, .on: true
        case .none, .overdue, .today, .week: false
        }
    }

    /// All forms, in words.
    static var expected: String {
        let forms = allCases.map { $0.takesDate ? "\($0.rawValue):DATE" : $0.rawValue }
        return forms.dropLast().joined(separator: ", ") + " or " + (forms.last ?? "")
    }

    /// What a value of the parameter asks, as ``Filter`` has it.
    ///
    /// The date is any that the grammar has, `tomorrow` and `today+7d` too.
    ///
    /// - Throws: ``FilterError``, with the place in this text.
    package static func expression(parsing text: String) throws(FilterError) -> FilterExpression {
        var parser = try FilterParser(text)
        let word = try parser.take()
        guard let shortcut = allCases.first(where: { word.isKeyword($0.rawValue) }) else {
            let nearest = NearestName.of(word.keyword ?? "", among: allCases.map(\.rawValue))
            throw FilterError(.unknownShortcut(word.source, suggestion: nearest), at: word.position)
        }
        var date = FilterValue.null
        if shortcut.takesDate {
            guard parser.token.source.utf8.elementsEqual(":".utf8) else {
                throw parser.unexpected("a colon and a date")
            }
            _ = try parser.take()
            // No list can be without the field, so there is no null here.
            date = try parser.value(of: .due, comparedBy: .isAmong)
        }
        guard parser.token.kind == .end else { throw parser.unexpected("the end") }
        return shortcut.expression(date)
    }

    private func expression(_ date: FilterValue) -> FilterExpression {
        func due(_ comparison: FilterOperator, _ value: FilterValue) -> FilterExpression {
            .term(FilterTerm(.due, comparison, [value]))
        }
        return switch self {
        case .before: due(.less, date)
        case .after: due(.greater, date)
        case .on: due(.equal, date)
        case .none: due(.equal, .null)
        case .overdue: .all([due(.less, .now(.zero)), .term(FilterTerm(.completed, .equal, [.flag(false)]))])
        case .today: due(.equal, .today(.zero))
        case .week:
            .all([due(.atLeast, .today(.zero)), due(.less, .today(DateStep(7, .days)))])
        }
    }
}
