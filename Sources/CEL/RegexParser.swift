import DaprText

/// A pattern that has been read.
indirect enum RegexNode: Sendable {
    case empty
    case set(RegexSet)
    case assertion(RegexAssertion)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    case repetition(RegexNode, minimum: Int, maximum: Int?)
}

/// Reads a pattern of RE2's syntax.
struct RegexParser {
    private static let depthLimit = 64
    /// The most instructions, counted before they are made.
    private static let sizeLimit = 10_000

    private struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesNewline = false
    }

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var flags = Flags()
    private var depth = 0

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    /// The whole pattern.
    mutating func pattern() throws(LinearRegexError) -> RegexNode {
        guard scalars.count <= Self.sizeLimit else { throw .tooLarge }
        let node = try alternatives()
        guard position == scalars.count else { throw .unbalancedParenthesis }
        guard Self.size(of: node) <= Self.sizeLimit else { throw .tooLarge }
        return node
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    /// Instructions the node will need, capped above the limit so that nested counts cannot overflow.
    private static func size(of node: RegexNode) -> Int {
        let size: Int =
            switch node {
            case .empty, .set, .assertion: 1
            case .sequence(let nodes): nodes.reduce(0) { min($0 + self.size(of: $1), sizeLimit + 1) }
            case .alternatives(let nodes): nodes.reduce(0) { min($0 + self.size(of: $1) + 2, sizeLimit + 1) }
            case .repetition(let inner, let minimum, let maximum):
                (self.size(of: inner) + 1) * max(1, maximum ?? minimum + 1)
            }
        return min(size, sizeLimit + 1)
    }

    private mutating func alternatives() throws(LinearRegexError) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw .tooDeep }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(LinearRegexError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let scalar = peek(), scalar != "|", scalar != ")" {
            let node = try repeated()
            if case .empty = node { continue }
            nodes.append(node)
        }
        return nodes.isEmpty ? .empty : nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func repeated() throws(LinearRegexError) -> RegexNode {
        if peek() == "*" || peek() == "+" || peek() == "?" { throw .nothingToRepeat }
        let node = try atom()
        guard let counts = try repetition() else { return node }
        // Whether the shortest or the longest run is wanted makes no difference to whether there is a match.
        _ = take("?")
        let end = position
        if try repetition() != nil { throw .repeatedRepeat }
        position = end
        return .repetition(node, minimum: counts.minimum, maximum: counts.maximum)
    }

    private mutating func repetition() throws(LinearRegexError) -> (minimum: Int, maximum: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = position
        guard take("{") else { return nil }
        if let minimum = count() {
            if take("}") { return try checked(minimum, minimum) }
            if take(",") {
                if take("}") { return try checked(minimum, nil) }
                if let maximum = count(), take("}") { return try checked(minimum, maximum) }
            }
        }
        // Braces that hold no count stand for themselves.
        position = start
        return nil
    }

    private func checked(_ minimum: Int, _ maximum: Int?) throws(LinearRegexError) -> (minimum: Int, maximum: Int?) {
        guard minimum <= 1_000, maximum ?? 0 <= 1_000, minimum <= maximum ?? minimum else { throw .invalidRepeatCount }
        return (minimum, maximum)
    }

    private mutating func count() -> Int? {
        var value: Int?
        while let scalar = peek(), scalar.isDigit {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), 100_000)
            position += 1
        }
        return value
    }

    private func set(_ set: RegexSet) -> RegexNode {
        var set = set
        set.ignoresCase = flags.ignoresCase
        return .set(set)
    }

    private mutating func atom() throws(LinearRegexError) -> RegexNode {
        guard let scalar = peek() else { throw .unexpectedEnd }
        position += 1
        switch scalar {
        case "(": return try group()
        case "[": return set(try bracketed())
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
        if take("?") {
            if take("P") || peek() == "<" {
                guard take("<"), let name = text(until: ">"), !name.isEmpty,
                    name.unicodeScalars.allSatisfy({ $0.isLetter || $0.isDigit })
                else { throw .invalidGroup }
            } else if try !flagged() {
                // The flags hold until the enclosing group ends.
                return .empty
            }
        }
        let node = try alternatives()
        guard take(")") else { throw .unbalancedParenthesis }
        flags = outer
        return node
    }

    /// Reads `i`, `m`, `s`, `U` and `-`; whether a group follows that they are for.
    private mutating func flagged() throws(LinearRegexError) -> Bool {
        var isOn = true
        while let scalar = peek() {
            position += 1
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

    private mutating func text(until end: Unicode.Scalar) -> String? {
        var text = String.UnicodeScalarView()
        while let scalar = peek() {
            position += 1
            if scalar == end { return String(text) }
            text.append(scalar)
        }
        return nil
    }

    // MARK: Escapes

    private mutating func escaped() throws(LinearRegexError) -> RegexNode {
        guard let scalar = peek() else { throw .unexpectedEnd }
        switch scalar {
        case "A", "z", "b", "B", "Q":
            position += 1
            switch scalar {
            case "A": return .assertion(.textStart)
            case "z": return .assertion(.textEnd)
            case "b": return .assertion(.wordBoundary)
            case "B": return .assertion(.noWordBoundary)
            default: return quoted()
            }
        default:
            if let shorthand = try shorthand() { return set(shorthand) }
            return set(RegexSet(try escapedScalar()))
        }
    }

    private mutating func quoted() -> RegexNode {
        var nodes: [RegexNode] = []
        while let scalar = peek() {
            if scalar == "\\", peek(1) == "E" {
                position += 2
                break
            }
            position += 1
            nodes.append(set(RegexSet(scalar)))
        }
        return nodes.isEmpty ? .empty : .sequence(nodes)
    }

    /// `\d` and its kin, the backslash read already.
    private mutating func shorthand() throws(LinearRegexError) -> RegexSet? {
        guard let scalar = peek() else { throw .unexpectedEnd }
        let set: RegexSet
        switch scalar {
        case "d": set = .digits
        case "D": set = RegexSet(ranges: RegexSet.digits.complement)
        case "w": set = .words
        case "W": set = RegexSet(ranges: RegexSet.words.complement)
        case "s": set = .spaces
        case "S": set = RegexSet(ranges: RegexSet.spaces.complement)
        case "p", "P":
            position += 1
            return try category(isNegated: scalar == "P")
        default: return nil
        }
        position += 1
        return set
    }

    private mutating func category(isNegated: Bool) throws(LinearRegexError) -> RegexSet {
        guard let first = peek() else { throw .unexpectedEnd }
        position += 1
        var name = String(first)
        var isNegated = isNegated
        if first == "{" {
            guard let inner = text(until: "}") else { throw .unexpectedEnd }
            name = inner
            if name.hasBytePrefix("^") {
                name = String(name.droppingBytes(1))
                isNegated.toggle()
            }
        }
        guard let category = RegexCategory(name, isNegated: isNegated) else { throw .unknownCategory(name) }
        var set = RegexSet()
        set.categories = [category]
        return set
    }

    private mutating func escapedScalar() throws(LinearRegexError) -> Unicode.Scalar {
        guard let scalar = peek() else { throw .unexpectedEnd }
        position += 1
        switch scalar {
        case "a": return "\u{07}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0B}"
        case "x": return try hexadecimal()
        case "0":
            var value: UInt32 = 0
            for _ in 0..<2 {
                guard let digit = peek(), ("0"..."7").contains(digit) else { break }
                value = value * 8 + (digit.value - 0x30)
                position += 1
            }
            return Unicode.Scalar(value) ?? "\0"
        default:
            guard scalar.value < 0x80, !scalar.isLetter || scalar == "_", !scalar.isDigit else {
                throw .invalidEscape(String(scalar))
            }
            return scalar
        }
    }

    private mutating func hexadecimal() throws(LinearRegexError) -> Unicode.Scalar {
        let digits: String
        if take("{") {
            guard let inner = text(until: "}"), inner.utf8.count <= 8 else { throw .invalidEscape("x") }
            digits = inner
        } else {
            guard let first = peek(), let second = peek(1) else { throw .unexpectedEnd }
            digits = String(String.UnicodeScalarView([first, second]))
            position += 2
        }
        guard digits.unicodeScalars.allSatisfy(\.isHexadecimal), let value = UInt32(digits, radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw .invalidEscape("x" + digits) }
        return scalar
    }

    // MARK: Classes

    private mutating func bracketed() throws(LinearRegexError) -> RegexSet {
        var set = RegexSet()
        set.isNegated = take("^")
        var isFirst = true
        while true {
            guard let scalar = peek() else { throw .invalidClass }
            if scalar == "]", !isFirst {
                position += 1
                return set
            }
            isFirst = false
            if scalar == "[", peek(1) == ":" {
                try add(posixTo: &set)
                continue
            }
            if scalar == "\\" {
                position += 1
                if let shorthand = try shorthand() {
                    set.ranges += shorthand.ranges
                    set.categories += shorthand.categories
                    continue
                }
                position -= 1
            }
            let low = try classScalar()
            guard peek() == "-", let next = peek(1), next != "]" else {
                set.ranges.append(low.value...low.value)
                continue
            }
            position += 1
            let high = try classScalar()
            guard low.value <= high.value else { throw .invalidClass }
            set.ranges.append(low.value...high.value)
        }
    }

    private mutating func classScalar() throws(LinearRegexError) -> Unicode.Scalar {
        guard let scalar = peek() else { throw .invalidClass }
        position += 1
        return scalar == "\\" ? try escapedScalar() : scalar
    }

    private mutating func add(posixTo set: inout RegexSet) throws(LinearRegexError) {
        position += 2
        let isNegated = take("^")
        guard let name = text(until: ":"), take("]"), let posix = RegexSet.posix(name) else { throw .invalidClass }
        set.ranges += isNegated ? posix.complement : posix.ranges
    }
}
