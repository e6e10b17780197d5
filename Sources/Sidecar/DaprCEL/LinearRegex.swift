/// A regular expression in RE2's syntax, without captures, matched in time linear in the text.
///
/// As in RE2 (https://github.com/google/re2/wiki/Syntax) there are no look-arounds and no back references; scripts such
/// as `\p{Greek}` are not supported either. It replaces RE2 itself, which has no C interface.
package struct LinearRegex: Sendable {
    private let program: [RegexInstruction]

    /// Compiles a pattern.
    package init(_ pattern: String) throws(LinearRegexError) {
        var parser = RegexParser(pattern)
        let node = try parser.pattern()
        var compiler = RegexCompiler()
        compiler.emit(node)
        self.program = compiler.finished()
    }

    /// Whether the pattern occurs anywhere in the text.
    package func matches(_ text: String) -> Bool {
        var visits = Int.max
        return matches(text, visits: &visits) ?? false
    }

    /// Whether the pattern occurs anywhere in the text; `nil` when the visits of states run out first.
    func matches(_ text: String, visits: inout Int) -> Bool? {
        var matcher = RegexMatcher(program)
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if matcher.begins(between: previous, and: scalar) { return true }
            if matcher.isStuck { return false }
            matcher.step(over: scalar)
            visits -= matcher.takeVisits()
            if visits < 0 { return nil }
            previous = scalar
        }
        return matcher.begins(between: previous, and: nil)
    }
}

/// Why a pattern is not a regular expression of this syntax.
package enum LinearRegexError: Error, Hashable, Sendable, CustomStringConvertible {
    case unexpectedEnd
    case unbalancedParenthesis
    case invalidEscape(String)
    case invalidClass
    case invalidGroup
    case nothingToRepeat
    case repeatedRepeat
    case invalidRepeatCount
    case unknownCategory(String)
    case tooDeep
    case tooLarge

    package var description: String {
        switch self {
        case .unexpectedEnd: "it ends in the middle"
        case .unbalancedParenthesis: "a parenthesis has no partner"
        case .invalidEscape(let escape): "\\\(escape) has no meaning; back references are not supported"
        case .invalidClass: "a [class] is malformed"
        case .invalidGroup: "a (?group) is malformed; look-arounds are not supported"
        case .nothingToRepeat: "a repetition has nothing to repeat"
        case .repeatedRepeat: "a repetition follows a repetition"
        case .invalidRepeatCount: "a repetition counts beyond 1000, or backwards"
        case .unknownCategory(let name): "the character class \(name) is not known"
        case .tooDeep: "its groups are nested too deeply"
        case .tooLarge: "it is too large"
        }
    }
}

/// One instruction of a compiled pattern.
enum RegexInstruction: Sendable {
    /// Continues with the next instruction if the scalar is in the set.
    case scalar(RegexSet)
    /// Continues with the next instruction if the condition holds at this position.
    case assertion(RegexAssertion)
    case split(Int, Int)
    case jump(Int)
    case match
}

/// A condition on a position between two scalars.
enum RegexAssertion: Sendable {
    case textStart
    case textEnd
    case lineStart
    case lineEnd
    case wordBoundary
    case noWordBoundary

    func holds(between before: Unicode.Scalar?, and after: Unicode.Scalar?) -> Bool {
        switch self {
        case .textStart: before == nil
        case .textEnd: after == nil
        case .lineStart: before == nil || before == "\n"
        case .lineEnd: after == nil || after == "\n"
        case .wordBoundary: Self.isWord(before) != Self.isWord(after)
        case .noWordBoundary: Self.isWord(before) == Self.isWord(after)
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
        scalar.map { $0.isLetter || $0.isDigit } ?? false
    }
}

/// Runs a compiled pattern, following all possible states at the same time.
private struct RegexMatcher {
    private let program: [RegexInstruction]
    private var current: [Int] = []
    private var waiting: [Int] = []
    /// The round in which each instruction was last reached.
    private var reached: [Int]
    private var round = 0
    private var stack: [Int] = []
    private var visits = 0
    private var hasBegun = false
    private let isAnchored: Bool

    init(_ program: [RegexInstruction]) {
        self.program = program
        self.reached = [Int](repeating: 0, count: program.count)
        self.isAnchored = if case .assertion(.textStart) = program.first { true } else { false }
    }

    /// Whether the rest of the text can no longer match.
    var isStuck: Bool { isAnchored && hasBegun && current.isEmpty }

    mutating func takeVisits() -> Int {
        defer { visits = 0 }
        return visits
    }

    /// Computes the states between two scalars, including a new start; returns whether the pattern has matched.
    mutating func begins(between before: Unicode.Scalar?, and after: Unicode.Scalar?) -> Bool {
        round += 1
        hasBegun = true
        current.removeAll(keepingCapacity: true)
        for index in waiting where follow(index, before, after) { return true }
        return follow(0, before, after)
    }

    /// Consumes a scalar.
    mutating func step(over scalar: Unicode.Scalar) {
        waiting.removeAll(keepingCapacity: true)
        visits += current.count + 1
        for index in current {
            if case .scalar(let set) = program[index], set.contains(scalar) { waiting.append(index + 1) }
        }
    }

    /// Adds every state reachable without consuming a scalar; returns whether the end of the pattern is among them.
    private mutating func follow(_ start: Int, _ before: Unicode.Scalar?, _ after: Unicode.Scalar?) -> Bool {
        stack.append(start)
        while let index = stack.popLast() {
            guard reached[index] != round else { continue }
            reached[index] = round
            visits += 1
            switch program[index] {
            case .scalar: current.append(index)
            case .assertion(let assertion):
                if assertion.holds(between: before, and: after) { stack.append(index + 1) }
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .jump(let target): stack.append(target)
            case .match:
                stack.removeAll(keepingCapacity: true)
                return true
            }
        }
        return false
    }
}
