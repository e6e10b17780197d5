/// What a filter asks, as a tree.
///
/// `and` and `or` hold all that they join: `a and b and c` is one, and so is `(a and b) and c`. They hold two or more.
package indirect enum FilterExpression: Hashable, Sendable {
    case term(FilterTerm)
    case not(FilterExpression)
    case and([FilterExpression])
    case or([FilterExpression])

    /// All of several, of which there is at least one.
    package static func all(_ parts: [FilterExpression]) -> FilterExpression {
        if parts.count == 1 { return parts[0] }
        return .and(parts.flatMap { part in if case .and(let inner) = part { inner } else { [part] } })
    }

    /// Any of several, of which there is at least one.
    package static func any(_ parts: [FilterExpression]) -> FilterExpression {
        if parts.count == 1 { return parts[0] }
        return .or(parts.flatMap { part in if case .or(let inner) = part { inner } else { [part] } })
    }

    /// Whether something holds of a term in it.
    func contains(_ predicate: (FilterTerm) -> Bool) -> Bool {
        switch self {
        case .term(let term): predicate(term)
        case .not(let inner): inner.contains(predicate)
        case .and(let parts), .or(let parts): parts.contains { $0.contains(predicate) }
        }
    }
}

/// One comparison.
package struct FilterTerm: Hashable, Sendable {
    package let field: FilterField
    package let comparison: FilterOperator
    /// What it is compared with: one value, or with ``FilterOperator/isAmong`` one or more.
    package let values: [FilterValue]

    /// Creates a comparison with values that the field takes.
    init(_ field: FilterField, _ comparison: FilterOperator, _ values: [FilterValue]) {
        self.field = field
        self.comparison = comparison
        self.values = values
    }
}
