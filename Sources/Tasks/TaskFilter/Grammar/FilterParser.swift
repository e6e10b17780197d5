import DaprText

/// Reads a filter: `or` of `and` of `not` of comparisons, with the type of each value checked where it stands.
struct FilterParser {
    private var lexer: FilterLexer
    /// The next token.
    private(set) var token: FilterToken
    private var depth = 0
    private var terms = 0
    private var searches = 0

    /// - Throws: ``FilterError``, as every function here, at the first place that is wrong.
    init(_ text: String) throws(FilterError) {
        lexer = try FilterLexer(text)
        token = try lexer.next()
    }

    /// The whole text as an expression.
    mutating func whole() throws(FilterError) -> FilterExpression {
        let expression = try disjunction()
        guard token.kind == .end else { throw unexpected("and, or, or the end") }
        return expression
    }

    mutating func take() throws(FilterError) -> FilterToken {
        let taken = token
        token = try lexer.next()
        return taken
    }

    private mutating func take(_ keyword: String) throws(FilterError) -> Bool {
        guard token.isKeyword(keyword) else { return false }
        _ = try take()
        return true
    }

    /// That something else was expected where the next token is.
    func unexpected(_ expected: String) -> FilterError {
        let suggestion: String? =
            switch token.source {
            case "==": "="
            case "<>": "!="
            case "&&", "&": "and"
            case "||", "|": "or"
            case "!": "not"
            default: nil
            }
        return FilterError(.unexpected(token.source, expected: expected, suggestion: suggestion), at: token.position)
    }

    // MARK: Joined, loosest first

    private mutating func disjunction() throws(FilterError) -> FilterExpression {
        var parts = [try conjunction()]
        while try take("or") { parts.append(try conjunction()) }
        return .any(parts)
    }

    private mutating func conjunction() throws(FilterError) -> FilterExpression {
        var parts = [try negation()]
        while try take("and") { parts.append(try negation()) }
        return .all(parts)
    }

    private mutating func negation() throws(FilterError) -> FilterExpression {
        let isNegated = token.isKeyword("not")
        guard isNegated || token.kind == .open else { return .term(try comparison()) }
        depth += 1
        defer { depth -= 1 }
        guard depth <= FilterLimits.depth else {
            throw FilterError(.tooDeep(limit: FilterLimits.depth), at: token.position)
        }
        _ = try take()
        if isNegated { return .not(try negation()) }
        let inner = try disjunction()
        guard token.kind == .close else { throw unexpected("and, or, or )") }
        _ = try take()
        return inner
    }

    // MARK: Comparisons

    private mutating func comparison() throws(FilterError) -> FilterTerm {
        let field = try field()
        // Who reads `not completed` understands it, so it is one.
        if field.kind == .flag, isEndOfTerm {
            try count(1, at: token.position)
            return FilterTerm(field, .equal, [.flag(true)])
        }
        let sign = token
        guard let comparison = comparison(by: sign) else { throw unexpected(field.expectedOperators) }
        guard field.operators.contains(comparison) else {
            throw FilterError(.unsupportedOperator(sign.source, field: field), at: sign.position)
        }
        _ = try take()
        if comparison == .isAmong { return FilterTerm(field, comparison, try list(of: field)) }
        try count(1, at: sign.position)
        let place = token.position
        let value = try value(of: field, comparedBy: comparison)
        if comparison == .contains {
            searches += 1
            guard searches <= FilterLimits.searches else {
                throw FilterError(.tooManySearches(limit: FilterLimits.searches), at: sign.position)
            }
            if case .text(let text) = value, Needle(folding: text.text) == nil {
                throw FilterError(.nothingToFind, at: place)
            }
        }
        return FilterTerm(field, comparison, [value])
    }

    /// Whether a comparison may end before the next token.
    private var isEndOfTerm: Bool {
        token.kind == .end || token.kind == .close || token.isKeyword("and") || token.isKeyword("or")
    }

    private mutating func field() throws(FilterError) -> FilterField {
        guard let name = token.keyword, !["and", "or", "in", "has"].contains(name) else {
            throw unexpected("a field, not, or (")
        }
        guard let field = FilterField(name: name) else {
            let nearest = NearestName.of(name, among: FilterField.names)
            throw FilterError(.unknownField(token.source, suggestion: nearest), at: token.position)
        }
        _ = try take()
        return field
    }

    private func comparison(by token: FilterToken) -> FilterOperator? {
        switch token.kind {
        case .sign(let comparison): comparison
        case .word: [FilterOperator.isAmong, .has].first { token.isKeyword($0.rawValue) }
        default: nil
        }
    }

    /// The values in parentheses that a field may be among.
    private mutating func list(of field: FilterField) throws(FilterError) -> [FilterValue] {
        guard token.kind == .open else { throw unexpected("( and a list of values") }
        var values: [FilterValue] = []
        repeat {
            _ = try take()
            try count(1, at: token.position)
            values.append(try value(of: field, comparedBy: .isAmong))
        } while token.kind == .comma
        guard token.kind == .close else { throw unexpected("a comma or )") }
        _ = try take()
        return values
    }

    private mutating func count(_ more: Int, at position: Int) throws(FilterError) {
        terms += more
        guard terms <= FilterLimits.terms else {
            throw FilterError(.tooManyTerms(limit: FilterLimits.terms), at: position)
        }
    }
}
