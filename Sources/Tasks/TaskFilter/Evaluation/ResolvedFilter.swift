/// A filter at a time and in a zone, as a list of questions, each of which says where to go on.
///
/// A task is asked each question once at most, in constant space: `not` has become an exchange of the two ways on, and what an answer has decided
/// is jumped over.
package struct ResolvedFilter: Sendable {
    struct Step: Sendable {
        let test: FilterTest
        /// The step after the answer yes, which stands further in front; or one of the two ends.
        let yes: Int
        let no: Int
    }

    static let matched = -1
    static let failed = -2

    private(set) var steps: [Step] = []
    private(set) var first = ResolvedFilter.matched

    init(_ expression: FilterExpression, in context: FilterContext) {
        // From the end, where the ways on are known.
        first = add(expression, yes: Self.matched, no: Self.failed, context)
    }

    /// How many of the questions read texts through.
    package var searches: Int { steps.count { $0.test.isSearch } }

    /// Whether a task is one that the filter asks for.
    package func matches(_ task: some FilterSubject) -> Bool {
        var place = first
        while place >= 0 {
            let step = steps[place]
            place = step.test.holds(for: task) ? step.yes : step.no
        }
        return place == Self.matched
    }

    /// Adds what an expression asks, and says with which step that begins.
    private mutating func add(_ expression: FilterExpression, yes: Int, no: Int, _ context: FilterContext) -> Int {
        switch expression {
        case .term(let term):
            let isNegated = term.comparison == .notEqual
            return add(any: term.tests(in: context), yes: isNegated ? no : yes, no: isNegated ? yes : no)
        case .not(let inner): return add(inner, yes: no, no: yes, context)
        case .and(let parts): return parts.reversed().reduce(yes) { add($1, yes: $0, no: no, context) }
        case .or(let parts): return parts.reversed().reduce(no) { add($1, yes: yes, no: $0, context) }
        }
    }

    private mutating func add(any tests: [FilterTest], yes: Int, no: Int) -> Int {
        tests.reversed().reduce(no) { next, test in
            steps.append(Step(test: test, yes: yes, no: next))
            return steps.count - 1
        }
    }
}
