/// Parses a pattern in RE2's syntax.
struct RegexParser {
    private static let depthLimit = 64
    /// The most instructions, counted before they are emitted.
    private static let sizeLimit = 10_000

    private struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesNewline = false
    }

    private var scanner: RegexScanner
    private var flags = Flags()
    private var depth = 0

    init(_ pattern: String) { scanner = RegexScanner(pattern) }

    /// Parses the whole pattern.
    mutating func pattern() throws(LinearRegexError) -> RegexNode {
        guard scanner.count <= Self.sizeLimit else { throw .tooLarge }
        let node = try alternatives()
        guard scanner.position == scanner.count else { throw .unbalancedParenthesis }
        guard node.size(limit: Self.sizeLimit) <= Self.sizeLimit else { throw .tooLarge }
        return node
    }

    private mutating func alternatives() throws(LinearRegexError) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw .tooDeep }
        var branches = [try sequence()]
        while scanner.take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(LinearRegexError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let scalar = scanner.peek(), scalar != "|", scalar != ")" {
            let node = try repeated()
            if case .empty = node { continue }
            nodes.append(node)
        }
        return nodes.isEmpty ? .empty : nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func repeated() throws(LinearRegexError) -> RegexNode {
        if scanner.peek() == "*" || scanner.peek() == "+" || scanner.peek() == "?" { throw .nothingToRepeat }
        let node = try atom()
        guard let counts = try repetition() else { return node }
        // Laziness does not matter for whether there is a match.
        _ = scanner.take("?")
        let end = scanner.position
        if try repetition() != nil { throw .repeatedRepeat }
        scanner.position = end
        return .repetition(node, minimum: counts.minimum, maximum: counts.maximum)
    }

    private mutating func repetition() throws(LinearRegexError) -> (minimum: Int, maximum: Int?)? {
        if scanner.take("*") { return (0, nil) }
        if scanner.take("+") { return (1, nil) }
        if scanner.take("?") { return (0, 1) }
        let start = scanner.position
        guard scanner.take("{") else { return nil }
        if let minimum = scanner.number() {
            if scanner.take("}") { return try checked(minimum, minimum) }
            if scanner.take(",") {
                if scanner.take("}") { return try checked(minimum, nil) }
                if let maximum = scanner.number(), scanner.take("}") { return try checked(minimum, maximum) }
            }
        }
        // Braces without a count are literal characters.
        scanner.position = start
        return nil
    }

    private func checked(_ minimum: Int, _ maximum: Int?) throws(LinearRegexError) -> (minimum: Int, maximum: Int?) {
        guard minimum <= 1_000, maximum ?? 0 <= 1_000, minimum <= maximum ?? minimum else { throw .invalidRepeatCount }
        return (minimum, maximum)
    }

    private func set(_ set: RegexSet) -> RegexNode {
        var set = set
        set.ignoresCase = flags.ignoresCase
        return .set(set)
    }

    private mutating func atom() throws(LinearRegexError) -> RegexNode {
        guard let scalar = scanner.peek() else { throw .unexpectedEnd }
        scanner.position += 1
        switch scalar {
        case "(": return try group()
        case "[": return set(try scanner.bracketed())
        case ".":
            return .set(flags.dotMatchesNewline ? .all : RegexSet(ranges: RegexSet("\n").complement))
        case "^": return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$": return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        case "\\": return try escaped()
        default: return set(RegexSet(scalar))
        }
    }

    // MARK: Groups

    private mutating func group() throws(LinearRegexError) -> RegexNode {
        let outer = flags
        if scanner.take("?") {
            if scanner.take("P") || scanner.peek() == "<" {
                guard scanner.take("<"), let name = scanner.text(until: ">"), !name.isEmpty,
                    name.unicodeScalars.allSatisfy({ $0.isLetter || $0.isDigit })
                else { throw .invalidGroup }
            } else if try !flagged() {
                // The flags apply until the enclosing group ends.
                return .empty
            }
        }
        let node = try alternatives()
        guard scanner.take(")") else { throw .unbalancedParenthesis }
        flags = outer
        return node
    }

    /// Parses `i`, `m`, `s`, `U` and `-`; returns whether the flags have a group of their own.
    private mutating func flagged() throws(LinearRegexError) -> Bool {
        var isOn = true
        while let scalar = scanner.peek() {
            scanner.position += 1
            switch scalar {
            case "i": flags.ignoresCase = isOn
            case "m": flags.isMultiline = isOn
            case "s": flags.dotMatchesNewline = isOn
            case "U": break
            case "-" where isOn: isOn = false
            case ":": return true
            case ")": return false
            default: throw .invalidGroup
            }
        }
        throw .unexpectedEnd
    }

    // MARK: Escapes

    private mutating func escaped() throws(LinearRegexError) -> RegexNode {
        guard let scalar = scanner.peek() else { throw .unexpectedEnd }
        switch scalar {
        case "A", "z", "b", "B", "Q":
            scanner.position += 1
            switch scalar {
            case "A": return .assertion(.textStart)
            case "z": return .assertion(.textEnd)
            case "b": return .assertion(.wordBoundary)
            case "B": return .assertion(.noWordBoundary)
            default: return quoted()
            }
        default:
            if let shorthand = try scanner.shorthand() { return set(shorthand) }
            return set(RegexSet(try scanner.escapedScalar()))
        }
    }

    private mutating func quoted() -> RegexNode {
        var nodes: [RegexNode] = []
        while let scalar = scanner.peek() {
            if scalar == "\\", scanner.peek(1) == "E" {
                scanner.position += 2
                break
            }
            scanner.position += 1
            nodes.append(set(RegexSet(scalar)))
        }
        return nodes.isEmpty ? .empty : .sequence(nodes)
    }
}
