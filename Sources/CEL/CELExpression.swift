/// An expression of the Common Expression Language, read once and evaluated as often as wanted.
///
/// The language is that of https://github.com/google/cel-spec, without messages and enumerations. Values are typed at run time only:
/// an operator that does not take the types it meets is an error then, as is a field that is missing.
///
///     let rule = try CELExpression(parsing: "event.type == 'task.created' && event.data.priority > 2")
///     let isMatch = try rule.holds(["event": .map(event)])
package struct CELExpression: Sendable {
    /// The text the expression was read from.
    package let source: String
    private let root: Node
    private let limits: CELLimits

    /// Reads an expression.
    package init(parsing source: String, limits: CELLimits = .standard) throws(CELError) {
        var parser = try Parser(source, limits: limits)
        self.root = try parser.expression()
        self.source = source
        self.limits = limits
    }

    /// The value of the expression with these variables.
    ///
    /// - Throws: ``CELError/noSuchField(_:)`` and the other errors of evaluation; `&&`, `||`, `all` and `exists` drop an error when
    ///   the other side decides alone.
    package func evaluate(_ variables: [String: CELValue]) throws(CELError) -> CELValue {
        var evaluator = Evaluator(variables: variables, limits: limits)
        return try evaluator.value(of: root)
    }

    /// Whether the expression, a condition, holds with these variables.
    ///
    /// - Throws: ``CELError/notBool(_:)`` when it gives anything but a bool.
    package func holds(_ variables: [String: CELValue]) throws(CELError) -> Bool {
        let value = try evaluate(variables)
        guard case .bool(let holds) = value else { throw .notBool(value.type) }
        return holds
    }
}
