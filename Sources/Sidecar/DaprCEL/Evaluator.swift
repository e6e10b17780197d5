import DaprText

/// Evaluates one expression once.
struct Evaluator {
    private let variables: [String: CELValue]
    private let limits: CELLimits
    private var locals: [(name: String, value: CELValue)] = []
    private var stepsLeft: Int

    init(variables: [String: CELValue], limits: CELLimits) {
        self.variables = variables
        self.limits = limits
        self.stepsLeft = limits.steps
    }

    /// Subtracts steps from the budget.
    mutating func spend(_ steps: Int) throws(CELError) {
        guard steps <= stepsLeft else {
            stepsLeft = 0
            throw .tooManySteps(limit: limits.steps)
        }
        stepsLeft -= steps
    }

    /// Evaluates a node.
    ///
    /// The recursion is bounded, because the parser bounds the height of the tree.
    mutating func value(of node: Node) throws(CELError) -> CELValue {
        try spend(1)
        switch node {
        case .literal(let value): return value
        case .variable(let name): return try variable(name)
        case .select(let operand, let field): return try select(try value(of: operand), field)
        case .has(let operand, let field):
            let value = try value(of: operand)
            // cel-go tests whether there is such a field, and only maps have fields.
            guard case .map(let map) = value else { return .bool(false) }
            return .bool(map[field] != nil)
        case .index(let operand, let index): return try element(of: try value(of: operand), at: try value(of: index))
        case .call(let function, let arguments):
            var values: [CELValue] = []
            values.reserveCapacity(arguments.count)
            for argument in arguments { values.append(try value(of: argument)) }
            return try call(function, values)
        case .matches(let operand, let pattern):
            let value = try value(of: operand)
            guard case .string(let text) = value else { throw .noMatchingOverload("matches", [value.type, .string]) }
            return try matches(text, pattern)
        case .and(let parts): return .bool(try decided(parts, by: false))
        case .or(let parts): return .bool(try decided(parts, by: true))
        case .conditional(let condition, let then, let otherwise):
            let value = try value(of: condition)
            guard case .bool(let holds) = value else { throw .noMatchingOverload("_?_:_", [value.type]) }
            return try self.value(of: holds ? then : otherwise)
        case .list(let nodes):
            var values: [CELValue] = []
            values.reserveCapacity(nodes.count)
            for node in nodes { values.append(try value(of: node)) }
            return .list(values)
        case .map(let entries): return try map(entries)
        case .comprehension(let macro, let range, let variable, let condition, let transform):
            return try comprehension(macro, try value(of: range), variable, condition, transform)
        }
    }

    private func variable(_ name: String) throws(CELError) -> CELValue {
        if let local = locals.last(where: { $0.name.hasSameBytes(as: name) }) { return local.value }
        if let value = variables[name] { return value }
        if name == "null_type" { return .type(.null) }
        if let type = CELType(rawValue: name) { return .type(type) }
        throw .unknownVariable(name)
    }

    private func select(_ value: CELValue, _ field: String) throws(CELError) -> CELValue {
        guard case .map(let map) = value else { throw .noMatchingOverload("_._", [value.type]) }
        guard let found = map[field] else { throw .noSuchField(field) }
        return found
    }

    private func element(of value: CELValue, at index: CELValue) throws(CELError) -> CELValue {
        switch (value, index) {
        case (.list(let list), .int), (.list(let list), .uint), (.list(let list), .double):
            guard case .int(let position) = CELMap.key(of: index) else {
                throw .noMatchingOverload("_[_]", [value.type, index.type])
            }
            guard let offset = Int(exactly: position), list.indices.contains(offset) else {
                throw .indexOutOfRange(position)
            }
            return list[offset]
        case (.map(let map), _):
            guard let found = map[key: index] else {
                guard CELMap.key(of: index) != nil else {
                    throw .noMatchingOverload("_[_]", [value.type, index.type])
                }
                throw .noSuchField(index.keyText)
            }
            return found
        default: throw .noMatchingOverload("_[_]", [value.type, index.type])
        }
    }

    /// Evaluates `||` (decided by true) or `&&` (decided by false): an operand that decides wins over an error of
    /// another one.
    private mutating func decided(_ parts: [Node], by decisive: Bool) throws(CELError) -> Bool {
        var fault: CELError?
        for part in parts {
            do throws(CELError) {
                if try bool(part, decisive ? "_||_" : "_&&_") == decisive { return decisive }
            } catch {
                if case .tooManySteps = error { throw error }
                fault = fault ?? error
            }
        }
        if let fault { throw fault }
        return !decisive
    }

    private mutating func bool(_ node: Node, _ operation: String) throws(CELError) -> Bool {
        let value = try value(of: node)
        guard case .bool(let bool) = value else { throw .noMatchingOverload(operation, [value.type]) }
        return bool
    }

    private mutating func map(_ entries: [(key: Node, value: Node)]) throws(CELError) -> CELValue {
        var map = CELMap()
        for entry in entries {
            let key = try value(of: entry.key)
            // A double can look up a key, but cannot be one.
            guard let hashed = CELMap.key(of: key), key.type != .double else {
                throw .noMatchingOverload("{_:_}", [key.type])
            }
            guard map.insert(hashed, key, try value(of: entry.value)) else { throw .repeatedKey(key.keyText) }
        }
        return .map(map)
    }

    // MARK: Macros

    private mutating func comprehension(
        _ macro: Macro,
        _ range: CELValue,
        _ variable: String,
        _ condition: Node?,
        _ transform: Node?
    ) throws(CELError) -> CELValue {
        let elements: [CELValue]
        switch range {
        case .list(let list): elements = list
        case .map(let map): elements = map.entries.map(\.key)
        default: throw .noMatchingOverload(macro.rawValue, [range.type])
        }
        locals.append((variable, .null))
        defer { locals.removeLast() }
        switch macro {
        case .all, .exists: return .bool(try quantified(elements, condition, isExists: macro == .exists))
        case .existsOne:
            var count = 0
            for element in elements where try holds(condition, element, macro) { count += 1 }
            return .bool(count == 1)
        case .filter:
            var kept: [CELValue] = []
            for element in elements where try holds(condition, element, macro) { kept.append(element) }
            return .list(kept)
        case .map:
            var mapped: [CELValue] = []
            for element in elements where try holds(condition, element, macro) {
                guard let transform else { continue }
                mapped.append(try value(of: transform))
            }
            return .list(mapped)
        }
    }

    /// Sets the innermost variable to the element and evaluates the condition, if there is one.
    private mutating func holds(_ condition: Node?, _ element: CELValue, _ macro: Macro) throws(CELError) -> Bool {
        try spend(1)
        locals[locals.count - 1].value = element
        guard let condition else { return true }
        return try bool(condition, macro.rawValue)
    }

    private mutating func quantified(
        _ elements: [CELValue],
        _ condition: Node?,
        isExists: Bool
    ) throws(CELError) -> Bool {
        var fault: CELError?
        for element in elements {
            do throws(CELError) {
                if try holds(condition, element, isExists ? .exists : .all) == isExists { return isExists }
            } catch {
                if case .tooManySteps = error { throw error }
                fault = fault ?? error
            }
        }
        if let fault { throw fault }
        return !isExists
    }

    // MARK: Patterns

    /// Whether the pattern occurs in the text; limited by the budget.
    mutating func matches(_ text: String, _ pattern: LinearRegex) throws(CELError) -> CELValue {
        // Visiting one state at one character counts as an eighth of a step.
        var visits = stepsLeft.multipliedReportingOverflow(by: 8).overflow ? Int.max : stepsLeft * 8
        let before = visits
        guard let isMatch = pattern.matches(text, visits: &visits) else { throw .tooManySteps(limit: limits.steps) }
        try spend((before - visits) / 8)
        return .bool(isMatch)
    }
}

extension CELValue {
    /// The value as a key, for an error message.
    var keyText: String {
        switch self {
        case .string(let text): text
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .uint(let value): "\(value)"
        case .double(let value): "\(value)"
        default: type.rawValue
        }
    }
}
