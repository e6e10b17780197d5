/// Parses tokens into an expression, with the precedence of the CEL grammar.
struct Parser {
    private var lexer: Lexer
    private var token: Token = .end
    private var column = 1
    private let limits: CELLimits
    private var nesting = 0

    init(_ source: String, limits: CELLimits) throws(CELError) {
        self.lexer = try Lexer(source, limits: limits)
        self.limits = limits
        try advance()
    }

    /// Parses the whole expression.
    mutating func expression() throws(CELError) -> Node {
        let tree = try conditional()
        guard token == .end else { throw unexpected("an operator or the end") }
        return tree.node
    }

    /// A node with the height of its tree, which limits the depth of evaluation.
    private struct Tree {
        let node: Node
        let height: Int
    }

    private func tree(_ node: Node, over parts: [Tree]) throws(CELError) -> Tree {
        let height = (parts.map(\.height).max() ?? 0) + 1
        guard height <= limits.depth else { throw .tooDeep(limit: limits.depth, column: column) }
        return Tree(node: node, height: height)
    }

    private mutating func advance() throws(CELError) {
        let next = try lexer.next()
        token = next.token
        column = next.column
    }

    private mutating func take(_ symbol: String) throws(CELError) -> Bool {
        guard token == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    private mutating func expect(_ symbol: String) throws(CELError) {
        guard try take(symbol) else { throw unexpected(symbol) }
    }

    private func unexpected(_ expected: String) -> CELError {
        .unexpected(token.name, expected: expected, column: column)
    }

    // MARK: Operators, loosest first

    private mutating func conditional() throws(CELError) -> Tree {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= limits.depth else { throw .tooDeep(limit: limits.depth, column: column) }
        let condition = try disjunction()
        guard try take("?") else { return condition }
        let then = try disjunction()
        try expect(":")
        let otherwise = try conditional()
        return try tree(
            .conditional(condition.node, then: then.node, otherwise: otherwise.node),
            over: [condition, then, otherwise]
        )
    }

    private mutating func disjunction() throws(CELError) -> Tree {
        var parts = [try conjunction()]
        while try take("||") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : try tree(.or(parts.map(\.node)), over: parts)
    }

    private mutating func conjunction() throws(CELError) -> Tree {
        var parts = [try relation()]
        while try take("&&") { parts.append(try relation()) }
        return parts.count == 1 ? parts[0] : try tree(.and(parts.map(\.node)), over: parts)
    }

    private static let relations: [String: Function] = [
        "==": .equal, "!=": .notEqual, "<": .less, "<=": .lessOrEqual, ">": .greater, ">=": .greaterOrEqual,
    ]

    private mutating func relation() throws(CELError) -> Tree {
        var left = try sum()
        while true {
            let function: Function? =
                switch token {
                case .symbol(let symbol): Self.relations[symbol]
                case .identifier("in"): .isIn
                default: nil
                }
            guard let function else { return left }
            try advance()
            let right = try sum()
            left = try tree(.call(function, [left.node, right.node]), over: [left, right])
        }
    }

    private mutating func sum() throws(CELError) -> Tree {
        var left = try product()
        while token == .symbol("+") || token == .symbol("-") {
            let function: Function = token == .symbol("+") ? .add : .subtract
            try advance()
            let right = try product()
            left = try tree(.call(function, [left.node, right.node]), over: [left, right])
        }
        return left
    }

    private mutating func product() throws(CELError) -> Tree {
        var left = try unary()
        while true {
            let function: Function
            switch token {
            case .symbol("*"): function = .multiply
            case .symbol("/"): function = .divide
            case .symbol("%"): function = .remainder
            default: return left
            }
            try advance()
            let right = try unary()
            left = try tree(.call(function, [left.node, right.node]), over: [left, right])
        }
    }

    private mutating func unary() throws(CELError) -> Tree {
        if token == .symbol("!") { return try repeated("!", .not) }
        guard token == .symbol("-") else { return try member(isNegative: false) }
        return try repeated("-", .negate)
    }

    /// Parses one or more of the same prefix operator; the last `-` before a number belongs to the number.
    private mutating func repeated(_ symbol: String, _ function: Function) throws(CELError) -> Tree {
        var count = 0
        while try take(symbol) { count += 1 }
        var isNegative = false
        if function == .negate {
            switch token {
            case .int, .double:
                isNegative = true
                count -= 1
            default: break
            }
        }
        var operand = try member(isNegative: isNegative)
        // An even number of operators cancels out, but the operand must still have a type that the operator accepts.
        for _ in 0..<(count > 2 ? 2 - count % 2 : count) {
            operand = try tree(.call(function, [operand.node]), over: [operand])
        }
        return operand
    }

    // MARK: Members

    private mutating func member(isNegative: Bool) throws(CELError) -> Tree {
        var operand = try primary(isNegative: isNegative)
        while true {
            if try take(".") {
                let nameColumn = column
                guard case .identifier(let name) = token else { throw unexpected("a field name") }
                guard !["in", "true", "false", "null"].contains(name) else { throw .reservedWord(name, column: column) }
                try advance()
                if token == .symbol("(") {
                    operand = try method(name, on: operand, nameColumn)
                } else if let type = Self.typeName(of: operand.node, name) {
                    operand = Tree(node: .literal(.type(type)), height: 1)
                } else {
                    operand = try tree(.select(operand.node, field: name), over: [operand])
                }
            } else if try take("[") {
                let index = try conditional()
                try expect("]")
                operand = try tree(.index(operand.node, index.node), over: [operand, index])
            } else {
                return operand
            }
        }
    }

    /// The type named `google.protobuf.Timestamp` or `google.protobuf.Duration`.
    private static func typeName(of node: Node, _ name: String) -> CELType? {
        guard case .select(.variable("google"), "protobuf") = node else { return nil }
        return CELType(rawValue: "google.protobuf.\(name)")
    }

    private mutating func arguments(until close: String) throws(CELError) -> [(tree: Tree, column: Int)] {
        var list: [(tree: Tree, column: Int)] = []
        while token != .symbol(close) {
            let start = column
            list.append((try conditional(), start))
            guard try take(",") else { break }
            // A list may end with a comma, arguments may not.
            if close == ")", token == .symbol(close) { throw unexpected("an argument") }
        }
        try expect(close)
        return list
    }

    private mutating func method(_ name: String, on target: Tree, _ nameColumn: Int) throws(CELError) -> Tree {
        try expect("(")
        let arguments = try arguments(until: ")")
        if let macro = Macro(rawValue: name) { return try comprehension(macro, target, arguments, nameColumn) }
        guard let function = Function(method: name, arguments: arguments.count) else {
            throw .unknownFunction(name, arguments: arguments.count, column: nameColumn)
        }
        return try call(function, [(target, nameColumn)] + arguments)
    }

    private func comprehension(
        _ macro: Macro,
        _ target: Tree,
        _ arguments: [(tree: Tree, column: Int)],
        _ nameColumn: Int
    ) throws(CELError) -> Tree {
        let name = macro.rawValue
        guard arguments.count == 2 || (macro == .map && arguments.count == 3) else {
            throw .unknownFunction(name, arguments: arguments.count, column: nameColumn)
        }
        guard case .variable(let variable) = arguments[0].tree.node else {
            throw .invalidMacro("the first argument of \(name)() must be a name", column: arguments[0].column)
        }
        let hasTransform = macro == .map
        let condition = hasTransform && arguments.count == 2 ? nil : arguments[1].tree
        let transform = hasTransform ? arguments[arguments.count - 1].tree : nil
        let node = Node.comprehension(
            macro,
            over: target.node,
            variable: variable,
            condition: condition?.node,
            transform: transform?.node
        )
        return try tree(node, over: [target] + arguments.dropFirst().map(\.tree))
    }

    private func call(_ function: Function, _ arguments: [(tree: Tree, column: Int)]) throws(CELError) -> Tree {
        let trees = arguments.map(\.tree)
        if function == .matches, case .literal(.string(let pattern)) = trees[1].node {
            let compiled: LinearRegex
            do throws(LinearRegexError) {
                compiled = try LinearRegex(pattern)
            } catch {
                throw .invalidLiteralPattern(error, column: arguments[1].column)
            }
            return try tree(.matches(trees[0].node, compiled), over: trees)
        }
        return try tree(.call(function, trees.map(\.node)), over: trees)
    }

    // MARK: Primaries

    private static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "in", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]

    private mutating func primary(isNegative: Bool) throws(CELError) -> Tree {
        let start = column
        switch token {
        case .int(let magnitude, let text):
            try advance()
            let value = isNegative ? Int64(exactly: -Int128(magnitude)) : Int64(exactly: magnitude)
            guard let value else { throw .invalidNumber((isNegative ? "-" : "") + text, column: start) }
            return Tree(node: .literal(.int(value)), height: 1)
        case .uint(let value): return try literal(.uint(value))
        case .double(let value): return try literal(.double(isNegative ? -value : value))
        case .string(let value): return try literal(.string(value))
        case .bytes(let value): return try literal(.bytes(value))
        case .identifier(let name):
            try advance()
            return try named(name, start)
        case .symbol("."):
            try advance()
            guard case .identifier(let name) = token else { throw unexpected("a name") }
            let column = column
            try advance()
            return try named(name, column)
        case .symbol("("):
            try advance()
            let inner = try conditional()
            try expect(")")
            return inner
        case .symbol("["):
            try advance()
            let elements = try arguments(until: "]").map(\.tree)
            return try tree(.list(elements.map(\.node)), over: elements)
        case .symbol("{"):
            try advance()
            return try mapLiteral()
        default: throw unexpected("an expression")
        }
    }

    private mutating func literal(_ value: CELValue) throws(CELError) -> Tree {
        try advance()
        return Tree(node: .literal(value), height: 1)
    }

    private mutating func named(_ name: String, _ start: Int) throws(CELError) -> Tree {
        switch name {
        case "true": return Tree(node: .literal(.bool(true)), height: 1)
        case "false": return Tree(node: .literal(.bool(false)), height: 1)
        case "null": return Tree(node: .literal(.null), height: 1)
        default: break
        }
        guard !Self.reserved.contains(name) else { throw .reservedWord(name, column: start) }
        guard try take("(") else { return Tree(node: .variable(name), height: 1) }
        let arguments = try arguments(until: ")")
        if name == "has" {
            guard arguments.count == 1, case .select(let operand, let field) = arguments[0].tree.node else {
                throw .invalidMacro("has() takes one field, as in has(event.data.id)", column: start)
            }
            return try tree(.has(operand, field: field), over: arguments.map(\.tree))
        }
        guard let function = Function(global: name, arguments: arguments.count) else {
            throw .unknownFunction(name, arguments: arguments.count, column: start)
        }
        return try call(function, arguments)
    }

    private mutating func mapLiteral() throws(CELError) -> Tree {
        var entries: [(key: Node, value: Node)] = []
        var parts: [Tree] = []
        while token != .symbol("}") {
            let key = try conditional()
            try expect(":")
            let value = try conditional()
            entries.append((key.node, value.node))
            parts += [key, value]
            guard try take(",") else { break }
        }
        try expect("}")
        return try tree(.map(entries), over: parts)
    }
}
