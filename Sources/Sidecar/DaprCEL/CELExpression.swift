/// An expression of the Common Expression Language, parsed once and evaluated any number of times.
///
/// The language is that of https://github.com/google/cel-spec, without messages and enumerations. Types are checked
/// during evaluation only: an operator whose operands have the wrong types is an error then, as is a missing field.
///
///     let rule = try CELExpression(parsing: "event.type == 'task.created' && event.data.priority > 2")
///     let isMatch = try rule.holds(["event": .map(event)])
package struct CELExpression: Sendable {
    /// The text of the expression.
    package let source: String
    private let root: Node
    private let limits: CELLimits

    /// Parses an expression.
    package init(parsing source: String, limits: CELLimits = .standard) throws(CELError) {
        var parser = try Parser(source, limits: limits)
        self.root = try parser.expression()
        self.source = source
        self.limits = limits
    }

    /// Evaluates the expression with these variables.
    ///
    /// - Throws: ``CELError/noSuchField(_:)`` and the other errors of evaluation; `&&`, `||`, `all` and `exists` ignore
    ///   an error when another operand or element alone decides the result.
    package func evaluate(_ variables: [String: CELValue]) throws(CELError) -> CELValue {
        var evaluator = Evaluator(variables: variables, limits: limits)
        return try evaluator.value(of: root)
    }

    /// Whether the expression, a condition, is true with these variables.
    ///
    /// - Throws: ``CELError/notBool(_:)`` when it evaluates to anything but a bool.
    package func holds(_ variables: [String: CELValue]) throws(CELError) -> Bool {
        let value = try evaluate(variables)
        guard case .bool(let holds) = value else { throw .notBool(value.type) }
        return holds
    }
}
