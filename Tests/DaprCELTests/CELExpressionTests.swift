import TestTools
import Testing

@testable import DaprCEL

/// A CloudEvent as routing rules see it: numbers of JSON are doubles.
let variables: [String: CELValue] = [
    "event": .map(
        CELMap([
            "type": .string("task.created"),
            "id": .string("alice/7"),
            "data": .map(
                CELMap([
                    "priority": .double(3), "title": .string("Buy milk"), "done": .bool(false), "note": .null,
                    "tags": .list([.string("home"), .string("shop")]), "half": .double(0.5),
                    "nested": .map(CELMap(["a": .map(CELMap(["b": .double(1)]))])),
                ])
            ),
        ])
    ),
    "big": .double(0x1p63), "one": .int(1), "u": .uint(1), "yes": .bool(true),
]

struct CELExpressionTests {
    @Test(arguments: [
        // Fields and indexes.
        "event.type == 'task.created'", "event['type'] == \"task.created\"", "event.data.tags[1] == 'shop'",
        "event.data.nested.a.b == 1", "has(event.data.title)", "!has(event.data.missing)",
        "!has('a'.b)", "!has(event.type.x)", "!has(event.data.title.x)", "!has([1].b)", "!has(null.b)",
        "event.data.tags[0.0] == 'home'",
        "{'a': 1}.a == 1", "{1: 'x'}[1u] == 'x'", "{1: 'x'}[1.0] == 'x'", "{true: 2}[true] == 2", ".one == 1",
        // Comparison, across number types too.
        "event.data.priority == 3", "event.data.priority > 2", "event.data.half < 1", "1 == 1.0", "1u == 1", "1.5 > 1u",
        "3u > -1", "-1 < 0u", "big > 9223372036854775807", "9223372036854775807 < big", "1 != 2", "'a' < 'b'",
        "'' < 'a'",
        "b'\\x00' < b'\\x01'", "false < true", "1 != 'a'", "null == null", "event.data.note == null",
        "[1, 2.0] == [1.0, 2]",
        "{'a': [1]} == {'a': [1.0]}", "{'a': 1} != {'b': 1}", "!(double('NaN') == double('NaN'))",
        "!(1 < double('NaN'))",
        "double('NaN') != 1", "type(1) == int", "type(1u) == uint", "type(event.data.priority) == double",
        "type(null) == null_type", "type(type(1)) == type", "type(timestamp(0)) == google.protobuf.Timestamp",
        // Code points are compared, not what Unicode holds equivalent.
        "'\\u00e9' != 'e\\u0301'", "size('e\\u0301') == 2", "size('\\U0001F600') == 1", "{'\\u00e9': 1}.size() == 1",
        "!('e\\u0301' in {'\\u00e9': 1})", "!'e\\u0301'.startsWith('e\\u0301x')", "'e\\u0301'.startsWith('e')",
        // Logic; an error gives way to a side that decides.
        "yes || event.missing", "event.missing || yes", "!(false && event.missing)", "!(event.missing && false)",
        "true || 1 / 0 == 1", "1 || true", "yes ? true : event.missing", "yes && !false", "false || false || yes",
        "true ? true : false ? false : false", "false ? false : true ? true : false",
        // `in`.
        "'home' in event.data.tags", "!('x' in event.data.tags)", "'type' in event", "2 in [1, 2.0]", "!(1 in [])",
        // Arithmetic.
        "1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "7 - 2 - 1 == 4", "7 / 2 == 3", "-7 / 2 == -3", "-7 % 3 == -1",
        "7u / 2u == 3u",
        "1.0 / 0.0 > 1e308", "event.data.priority + 1.0 == 4", "0.5 + .5 == 1.0", "1e3 == 1000", "0x10 == 16",
        "-9223372036854775808 < 0", "--1 == 1", "---1 == -1", "!!yes", "!!!false", "- one == -1", "1 - -1 == 2",
        "1-1 == 0",
        "'a' + 'b' == 'ab'", "[1] + [2] == [1, 2]", "b'a' + b'b' == b'ab'",
        // Strings.
        "'abc'.startsWith('ab')", "'abc'.endsWith('bc')", "'abc'.contains('b')", "'abc'.contains('')",
        "!'abc'.contains('ac')",
        "'aaab'.contains('aab')", "'abc'.matches('^a.c$')", "matches('xabcx', 'a[b]c')", "'abc'.matches('a' + '.')",
        "size('abc') == 3", "'abc'.size() == 3", "size([1, 2]) == 2", "size({'a': 1}) == 1", "size(b'abc') == 3",
        "r'\\n' == '\\\\n'", "'''a'b\nc''' == 'a\\'b\\nc'", "\"\"\"x\"\"\" == 'x'", "b'\\377' == b'\\xff'",
        "'\\x41\\101' == 'AA'",
        "rb'\\x' == b'\\\\x'", "'\\a\\b\\f\\n\\r\\t\\v' != ''",
        // Macros.
        "[1, 2, 3].all(x, x > 0)", "[1, 2, 3].exists(x, x > 2)", "[1, 2, 3].exists_one(x, x > 2)", "[].all(x, false)",
        "![].exists(x, true)", "[1, 2, 3].filter(x, x % 2 == 1) == [1, 3]", "[1, 2].map(x, x * 2) == [2, 4]",
        "[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]", "{'a': 1, 'b': 2}.exists(k, k == 'b')",
        "[[1], [2]].all(x, x.all(y, y > 0))",
        "[1, 0].exists(x, 1 / x == 1)", "[0, 1].exists(x, 1 / x == 1)", "![0, 1].all(x, 1 / x == 2)",
        "[1].all(event, event == 1)", "event.data.tags.exists(t, t.startsWith('sh'))",
        // Conversions.
        "int('7') == 7", "int(3.9) == 3", "int(-3.9) == -3", "uint(3) == 3u", "double('1.5') == 1.5",
        "double(2) == 2.0",
        "string(1) == '1'", "string(1.0) == '1'", "string(1e6) == '1e+06'", "string(0.0001) == '0.0001'",
        "string(1.25) == '1.25'",
        "string(1.5e-7) == '1.5e-07'", "string(true) == 'true'", "string(b'abc') == 'abc'", "bytes('abc') == b'abc'",
        "bool('true')",
        "!bool('0')", "dyn(1) == 1", "string(123456.5) == '123456.5'", "string(-0.0) == '-0'",
        // Time.
        "timestamp('2026-01-02T03:04:05.678Z') > timestamp('2026-01-02T03:04:05Z')",
        "int(timestamp('1970-01-01T00:01:00Z')) == 60",
        "timestamp('2026-01-02T03:04:05+02:00') == timestamp('2026-01-02T01:04:05Z')",
        "string(timestamp('2024-02-29T23:59:59.5Z')) == '2024-02-29T23:59:59.5Z'",
        "string(timestamp(-1)) == '1969-12-31T23:59:59Z'",
        "timestamp('2026-01-02T00:00:00Z') + duration('36h') == timestamp('2026-01-03T12:00:00Z')",
        "timestamp('2026-01-03T00:00:00Z') - timestamp('2026-01-02T00:00:00Z') == duration('24h')",
        "duration('1h30m') == duration('5400s')", "string(duration('1.5s')) == '1.5s'",
        "string(duration('-90s')) == '-90s'",
        "duration('100ms') < duration('1s')", "-duration('1s') == duration('-1s')", "duration('1h').getMinutes() == 60",
        "timestamp('2026-11-21T10:20:30Z').getFullYear() == 2026", "timestamp('2026-11-21T10:20:30Z').getMonth() == 10",
        "timestamp('2026-11-21T10:20:30Z').getDate() == 21", "timestamp('2026-11-21T10:20:30Z').getDayOfWeek() == 6",
        "timestamp('2026-11-21T23:20:30Z').getHours('+02:00') == 1",
        "timestamp('2026-01-01T00:00:00Z').getDayOfYear() == 0",
        "timestamp('0001-01-01T00:00:00Z').getFullYear() == 1", "duration('0') == duration('0s')",
        // Layout.
        "  1\n==\t1 // a remark\n", "[1, 2,].size() == 2", "{'a': 1,}.a == 1",
    ])
    func `an expression that holds`(expression: String) throws {
        #expect(try CELExpression(parsing: expression).holds(variables))
    }

    @Test(arguments: [
        ("event.missing == 1", CELError.noSuchField("missing")),
        ("event.data.note.x == 1", .noMatchingOverload("_._", [.null])),
        ("event.data.missing || false", .noSuchField("missing")),
        ("event.data.missing && true", .noSuchField("missing")),
        ("event['nope'] == 1", .noSuchField("nope")),
        ("nobody == 1", .unknownVariable("nobody")),
        ("[1][1] == 1", .indexOutOfRange(1)),
        ("[1][-1] == 1", .indexOutOfRange(-1)),
        ("[1][0.5] == 1", .noMatchingOverload("_[_]", [.list, .double])),
        ("event.data.priority + 1 == 4", .noMatchingOverload("_+_", [.double, .int])),
        ("1 + 1u == 2", .noMatchingOverload("_+_", [.int, .uint])),
        ("1 + 'a' == 2", .noMatchingOverload("_+_", [.int, .string])),
        ("1.5 % 1.0 == 0", .noMatchingOverload("_%_", [.double, .double])),
        ("9223372036854775807 + 1 > 0", .overflow("_+_")),
        ("-9223372036854775807 - 2 < 0", .overflow("_-_")),
        ("9223372036854775807 * 2 > 0", .overflow("_*_")),
        ("(-9223372036854775807 - 1) / -1 > 0", .overflow("_/_")),
        ("-(-9223372036854775807 - 1) > 0", .overflow("-_")),
        ("0u - 1u > 0u", .overflow("_-_")),
        ("1 / 0 == 1", .divisionByZero),
        ("1 % 0 == 1", .divisionByZero),
        ("1u / 0u == 1u", .divisionByZero),
        ("1 < 'a'", .noMatchingOverload("_<_", [.int, .string])),
        ("null < 1", .noMatchingOverload("_<_", [.null, .int])),
        ("!1", .noMatchingOverload("!_", [.int])),
        ("-'a' == 1", .noMatchingOverload("-_", [.string])),
        ("1 ? true : false", .noMatchingOverload("_?_:_", [.int])),
        ("1 && true", .noMatchingOverload("_&&_", [.int])),
        ("1 in 2", .noMatchingOverload("@in", [.int, .int])),
        ("1.startsWith('a')", .noMatchingOverload("startsWith", [.int, .string])),
        ("size(1) == 1", .noMatchingOverload("size", [.int])),
        ("{'a': 1, 'a': 2} == {}", .repeatedKey("a")),
        ("{1.0: 1} == {}", .noMatchingOverload("{_:_}", [.double])),
        ("int('x') == 1", .conversionFailed(from: .string, to: .int)),
        ("int(1e30) == 1", .overflow("int")),
        ("uint(-1) == 1u", .overflow("uint")),
        ("double('1e999') > 1.0", .overflow("double")),
        ("bool('maybe')", .conversionFailed(from: .string, to: .bool)),
        ("string(b'\\xff') == ''", .conversionFailed(from: .bytes, to: .string)),
        ("timestamp('2026-13-01T00:00:00Z') == 1", .conversionFailed(from: .string, to: .timestamp)),
        ("timestamp('2026-02-29T00:00:00Z') == 1", .conversionFailed(from: .string, to: .timestamp)),
        ("timestamp('9999-12-31T23:59:59Z') + duration('1s') == 1", .overflow("_+_")),
        ("duration('1x') == 1", .conversionFailed(from: .string, to: .duration)),
        ("duration('99999999999h') == 1", .conversionFailed(from: .string, to: .duration)),
        ("timestamp(0).getHours('Europe/Berlin') == 1", .unknownTimeZone("Europe/Berlin")),
        ("[1, 0].exists_one(x, 1 / x == 1)", .divisionByZero),
        ("[0].exists(x, 1 / x == 1)", .divisionByZero),
        ("[1].filter(x, x) == []", .noMatchingOverload("filter", [.int])),
        ("1.all(x, true)", .noMatchingOverload("all", [.int])),
        ("'a'.matches('a' + '(')", .invalidPattern(.unbalancedParenthesis)),
        ("event.type", .notBool(.string)),
    ])
    func `an expression that fails`(expression: String, fault: CELError) throws {
        let expression = try CELExpression(parsing: expression)
        #expect(throws: fault) { try expression.holds(variables) }
        #expect(!fault.description.isEmpty)
        #expect(fault.column == nil)
    }

    @Test(arguments: [
        ("", 1), ("event.", 7), ("event.type ==", 14), ("(1", 3), ("1 +* 2", 4), ("a b", 3), ("'abc", 1), ("'a\nb'", 1),
        ("'\\q'", 2), ("1 & 2", 3), ("a = b", 3), ("99999999999999999999", 1), ("9223372036854775808", 1), ("1e999", 1),
        ("1abc", 1), ("0x", 1), ("for", 1), ("a.in", 3), ("nope(1)", 1), ("'a'.nope()", 5), ("size(1, 2)", 1),
        ("has(a)", 1),
        ("[1].all(1, true)", 9), ("[1].all(x)", 5), ("T{a: 1}", 2), ("'a'.matches('(')", 13), ("[1,,2]", 4),
        ("size(1,)", 8),
        ("{'a' 1}", 6), ("a ? b", 6), ("a.b.c.", 7), ("\u{1F600}", 1), ("b'\\u0041'", 3), ("'\\ud800'", 2),
    ])
    func `a fault in the text is told with its column`(expression: String, column: Int) throws {
        let fault = try #require(throws: CELError.self) { try CELExpression(parsing: expression) }
        #expect(fault.column == column, "\(fault)")
        #expect(fault.description.hasPrefix("column \(column): "))
    }

    @Test(arguments: [
        (String(repeating: "(", count: 1_000) + "1" + String(repeating: ")", count: 1_000)),
        (String(repeating: "[", count: 1_000) + String(repeating: "]", count: 1_000)),
        (String(repeating: "1 + ", count: 1_000) + "1"), "a" + String(repeating: ".a", count: 1_000),
        "a" + String(repeating: "[0]", count: 1_000), (String(repeating: "1 ? 1 : ", count: 1_000) + "1"),
    ])
    func `what is nested too deeply is refused`(expression: String) throws {
        let fault = try #require(throws: CELError.self) { try CELExpression(parsing: expression) }
        guard case .tooDeep(CELLimits.standard.depth, _) = fault else {
            Issue.record("\(fault)")
            return
        }
    }

    @Test func `long chains of logic and of signs are fine`() throws {
        let chain = String(repeating: "false || ", count: 1_000) + "true"
        #expect(try CELExpression(parsing: chain).holds([:]))
        #expect(try CELExpression(parsing: String(repeating: "!", count: 1_001) + "false").holds([:]))
        #expect(try CELExpression(parsing: String(repeating: "-", count: 1_001) + "one == -1").holds(variables))
        #expect(throws: CELError.tooLong(limit: 16_384)) {
            try CELExpression(parsing: String(repeating: "!", count: 20_000))
        }
        #expect(throws: CELError.tooLong(limit: 16_384)) {
            try CELExpression(parsing: String(repeating: " ", count: 1_000_000))
        }
    }

    @Test(arguments: [
        "list.all(a, list.all(b, list.all(c, true)))", "list.map(a, list.map(b, list.map(c, c))).size() > 0",
        "false || list.exists(a, list.exists(b, list.exists(c, false)))",
        "text.matches('(a|b|ab)*c') || text.matches('(.*)(.*)(.*)x')",
    ])
    func `an evaluation that takes too long is ended`(expression: String) throws {
        let list = CELValue.list((0..<1_000).map { .int($0) })
        let text = CELValue.string(String(repeating: "ab", count: 500_000))
        let start = ContinuousClock.now
        let expression = try CELExpression(parsing: expression)
        #expect(throws: CELError.tooManySteps(limit: 1_000_000)) {
            try expression.holds(["list": list, "text": text])
        }
        #expect(start.duration(to: .now) < .seconds(60))
    }

    @Test func `the value of an expression keeps its type`() throws {
        guard case .int(3) = try CELExpression(parsing: "1 + 2").evaluate([:]) else {
            Issue.record("not an int")
            return
        }
        guard case .double(let value) = try CELExpression(parsing: "event.data.half").evaluate(variables) else {
            Issue.record("not a double")
            return
        }
        #expect(value == 0.5)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `no text makes reading or evaluating trap`(seed: UInt64) {
        let pieces = [
            "event", ".", "data", "tags", "[", "]", "(", ")", "{", "}", "'a'", "b'\\xff'", "1", "2u", "1.5", "-", "!",
            "+", "*", "/", "%",
            "&&", "||", "==", "<", "in", "?", ":", ",", "has", "size", "all", "exists", "map", "filter", "x", "matches",
            "'('", "int",
            "duration", "timestamp", "'1h'", "\\", "\"", "'''", "\u{0}", "\u{1F600}", "9223372036854775807", "null",
            "true", " ", "//",
        ]
        var random = SeededRandom(seed: seed &+ 1)
        for _ in 0..<4_000 {
            let count = Int(random.next() % 24)
            let text = (0..<count).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            do throws(CELError) {
                _ = try CELExpression(parsing: text).evaluate(variables)
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
