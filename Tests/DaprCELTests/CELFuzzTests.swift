import TestSupport
import TestTools
import Testing

@testable import DaprCEL

/// Expressions that were changed at random: each is refused with a place, or evaluated to the same in every way, and none hangs.
@Suite struct CELFuzzTests {
    private static let corpus = [
        "event.type == 'task.created' && event.data.priority > 2", "has(event.data.title) ? 1 : 0",
        "event.data.tags.exists(t, t.startsWith('sh'))", "[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]",
        "{'a': 1, 'b': [2u, 3.5]}['b'][0] in [1u, 2u]", "size(event.id) + 7 / 2 % 3 - -1 * 4",
        "event.id.matches('^[a-z]+(/[0-9]{1,3})*$') || event.data.title.contains(\"milk\")",
        "timestamp('2026-01-02T03:04:05.678Z') + duration('1h30m') > timestamp(0)",
        "timestamp('2026-01-02T03:04:05Z').getHours('+02:00')", "duration('1.5s').getMilliseconds()",
        "int('7') + int(3.9) + int(uint(3)) < 9223372036854775807", "string(b'abc') + r'\\n' + '''a'b'''",
        "type(dyn(1.0)) == double", "'abc'.endsWith('c') && !([1, 0].all(x, 1 / x == 1))",
        "event.data.tags.filter(t, size(t) > 3).map(t, t + t)", "bytes('\\u00e9\\x41\\101') < b'\\xff'",
        "[[1], [2]].exists_one(x, x.all(y, y > 0))", "event['data'].nested.a.b == 1 ? null : true",
    ]
    private static let words = [
        "(", ")", "[", "]", "{", "}", ".", ",", ":", "?", "!", "-", "+", "*", "/", "%", "&&", "||", "==", "<=", "in",
        "'", "\"", "'''", "b'", "r'", "\\", "\\u", "0x", "1e", "1u", "-9223372036854775808", "9223372036854775807",
        "1e400",
        "event", "has(", "size(", "int(", "double(", "string(", "timestamp(", "duration(", ".matches('", ".map(x, ",
        ".exists(x, ", "(a*)*b", "[^", "{1,999}", "(?i)", "e\u{301}", "\u{1F600}", "//", "\n", "true", "null", "while",
    ]

    @Test func `an expression that was changed is refused or evaluated, never more`() async throws {
        try await Fuzzing.run("CEL", reaching: ["evaluated", "failed", "refused"]) { numbers in
            var text = numbers.pick(Self.corpus)
            if numbers.oneIn(3) { text += numbers.pick([" && ", " + ", " ? ", " == "]) + numbers.pick(Self.corpus) }
            text = numbers.changed(text, words: Self.words)
            let limits = CELLimits(steps: 20_000)
            let expression: CELExpression
            do throws(CELError) {
                expression = try CELExpression(parsing: text, limits: limits)
            } catch {
                let end = text.unicodeScalars.count + 1
                if let column = error.column, !(1...end).contains(column) {
                    throw Violation("column \(column) of \(end): \(text.debugDescription)")
                }
                return "refused"
            }
            let once = Result { () throws(CELError) in try expression.evaluate(variables) }
            let again = Result { () throws(CELError) in try expression.evaluate(variables) }
            guard Self.text(once) == Self.text(again) else {
                throw Violation("\(once), then \(again): \(text.debugDescription)")
            }
            switch once {
            case .success: return "evaluated"
            case .failure(let error):
                if error.description.isEmpty { throw Violation("an error without words: \(text.debugDescription)") }
                return "failed"
            }
        }
    }

    /// A result as text; a map's own description has its keys in an order that changes.
    private static func text(_ result: Result<CELValue, CELError>) -> String {
        switch result {
        case .success(let value): text(value)
        case .failure(let error): "\(error)"
        }
    }

    private static func text(_ value: CELValue) -> String {
        switch value {
        case .map(let map): "{\(map.entries.map { "\(text($0.key)): \(text($0.value))" })}"
        case .list(let elements): "\(elements.map { text($0) })"
        default: "\(value)"
        }
    }
}
