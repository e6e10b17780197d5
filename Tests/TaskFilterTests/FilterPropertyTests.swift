import DaprText
import TestTools
import Testing

@testable import DaprCalendar
@testable import TaskFilter

struct FilterPropertyTests {
    private static let now: Int64 = 1_774_737_000_000

    /// Gives random expressions, each with a time, a zone and some tasks.
    private func forRandomExpressions(
        _ check: (FilterExpression, FilterContext, [FilteredTask]) throws -> Void
    ) rethrows {
        var numbers = SeededRandom(seed: 2026)
        for _ in 0..<1500 {
            let now = Self.now + Int64(numbers.below(400)) * 43_200_000
            let context = FilterContext(now: now, zone: numbers.pick(TimeZoneRules.samples))
            let expression = FilterExpression.random(&numbers, around: context)
            try check(expression, context, (0..<8).map { _ in FilteredTask.random(&numbers, around: now) })
        }
    }

    @Test func `the canonical text is read as the same expression`() throws {
        var count = 0
        try forRandomExpressions { expression, _, _ in
            do throws(FilterError) {
                let filter = try Filter(parsing: expression.text)
                #expect(filter.expression == expression)
                #expect(filter.text.text == expression.text)
                count += 1
            } catch {
                // Some are greater than a filter may be.
                switch error.fault {
                case .tooLong, .tooManyTerms, .tooManySearches: break
                default: throw error
                }
            }
        }
        #expect(count > 1000)
    }

    @Test func `a list of questions answers as the tree does`() {
        var answers: Set<Bool> = []
        forRandomExpressions { expression, context, tasks in
            let filter = Filter(expression).resolved(in: context)
            for task in tasks {
                answers.insert(filter.matches(task))
                #expect(filter.matches(task) == expression.holds(for: task, in: context), "\(expression.text)")
            }
        }
        #expect(answers == [true, false])
    }

    @Test func `not twice is nothing, and not of and is or of not`() {
        forRandomExpressions { expression, context, tasks in
            let other = FilterExpression.term(FilterTerm(.priority, .atLeast, [.word(1)]))
            let equal: [(FilterExpression, FilterExpression)] = [
                (.not(.not(expression)), expression),
                (.not(.and([expression, other])), .or([.not(expression), .not(other)])),
                (.not(.or([expression, other])), .and([.not(expression), .not(other)])),
                (.all([expression, other]), .all([other, expression])),
            ]
            for (left, right) in equal {
                let (left, right) = (Filter(left).resolved(in: context), Filter(right).resolved(in: context))
                #expect(tasks.allSatisfy { left.matches($0) == right.matches($0) }, "\(expression.text)")
            }
        }
    }

    @Test func `in is one of several equals, and not equal is not equal`() {
        forRandomExpressions { expression, context, tasks in
            guard case .term(let term) = expression, term.comparison == .isAmong || term.comparison == .notEqual else {
                return
            }
            let equals = FilterExpression.any(term.values.map { .term(FilterTerm(term.field, .equal, [$0])) })
            let other = Filter(term.comparison == .isAmong ? equals : .not(equals)).resolved(in: context)
            let filter = Filter(expression).resolved(in: context)
            #expect(tasks.allSatisfy { filter.matches($0) == other.matches($0) }, "\(expression.text)")
        }
    }
}

extension FilterExpression {
    /// The answer by the tree, with each comparison on its own.
    func holds(for task: FilteredTask, in context: FilterContext) -> Bool {
        switch self {
        case .term: Filter(self).resolved(in: context).matches(task)
        case .not(let inner): !inner.holds(for: task, in: context)
        case .and(let parts): parts.allSatisfy { $0.holds(for: task, in: context) }
        case .or(let parts): parts.contains { $0.holds(for: task, in: context) }
        }
    }

    static func random(_ numbers: inout SeededRandom, around context: FilterContext, depth: Int = 0) -> FilterExpression
    {
        switch depth < 4 ? numbers.below(5) : 0 {
        case 0, 1: return .term(.random(&numbers, around: context))
        case 2: return .not(random(&numbers, around: context, depth: depth + 1))
        case 3: return .all((0..<2 + numbers.below(2)).map { _ in random(&numbers, around: context, depth: depth + 1) })
        default:
            return .any((0..<2 + numbers.below(2)).map { _ in random(&numbers, around: context, depth: depth + 1) })
        }
    }
}

extension FilterTerm {
    static func random(_ numbers: inout SeededRandom, around context: FilterContext) -> FilterTerm {
        let field = numbers.pick(FilterField.allCases)
        let comparison = numbers.pick(field.operators)
        let count = comparison == .isAmong ? 1 + numbers.below(3) : 1
        return FilterTerm(field, comparison, (0..<count).map { _ in value(of: field, comparison, &numbers, context) })
    }

    private static func value(
        of field: FilterField,
        _ comparison: FilterOperator,
        _ numbers: inout SeededRandom,
        _ context: FilterContext
    ) -> FilterValue {
        if field.canBeNull, comparison == .equal || comparison == .notEqual, numbers.oneIn(3) { return .null }
        switch field.kind {
        case .word: return .word(numbers.below(field.words.count))
        case .flag: return .flag(numbers.oneIn(2))
        case .text, .texts: return .text(ExactText(numbers.pick(FilteredTask.texts)))
        case .integer: return .integer(numbers.below(5))
        case .date:
            let step = DateStep(numbers.below(15) - 7, numbers.pick([.days, .days, .weeks, .months]))
            switch numbers.below(4) {
            case 0: return .day(context.today + numbers.below(15) - 7)
            case 1: return .time(context.now + Int64(numbers.below(200) - 100) * 3_600_000)
            case 2: return .today(step.count == 0 ? .zero : step)
            default:
                return .now(numbers.oneIn(3) ? DateStep(1 + numbers.below(50), .hours) : step.count == 0 ? .zero : step)
            }
        }
    }
}
