import DaprYAML
import TestTools
import Testing

@Suite struct YAMLNodeTests {
    private func parse(_ text: String, _ limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> [YAMLNode] {
        try YAMLNode.documents(parsing: Array(text.utf8), limits: limits)
    }

    @Test func `keys keep their order and every node its place`() throws {
        let node = try #require(try parse("zebra: 1\nmetadata:\n  name: x\n  list:\n  - a\n  - {b: c}\n").first)
        #expect(node.entries?.map(\.key) == ["zebra", "metadata"])
        let name = try #require(node["metadata"]?["name"])
        #expect(name.scalar?.text == "x")
        #expect(name.line == 3)
        #expect(name.column == 9)
        #expect(node["metadata"]?["list"]?.members?.map(\.line) == [5, 6])
        #expect(node["metadata"]?["list"]?.members?[1]["b"]?.scalar?.text == "c")
    }

    @Test func `a text may hold several documents, also empty ones`() throws {
        let documents = try parse("a: 1\n---\n---\nb: 2\n...\n")
        #expect(documents.count == 3)
        #expect(documents[1].isNull)
        #expect(documents[2]["b"]?.line == 4)
        #expect(try parse("").isEmpty)
        #expect(try parse("# only a comment\n").isEmpty)
    }

    @Test(arguments: [
        ("true", YAMLScalar.Resolved.bool(true)), ("yes", .bool(true)), ("Off", .bool(false)), ("~", .null),
        ("", .null),
        ("42", .integer(42)), ("-7", .integer(-7)), ("0", .integer(0)), ("0x1F", .integer(31)), ("010", .integer(8)),
        ("0b11", .integer(3)), ("1_000", .integer(1000)), ("1.5", .number(1.5)), ("1e3", .number(1000)),
        ("-.5", .number(-0.5)),
        ("9223372036854775807", .integer(.max)), ("1.2.3", .string("1.2.3")), ("5s", .string("5s")),
        ("-", .string("-")),
        ("12:30", .string("12:30")), ("hello", .string("hello")), ("099", .number(99)), ("+", .string("+")),
    ])
    func `a plain scalar stands for what YAML 1.1 says`(text: String, meaning: YAMLScalar.Resolved) {
        #expect(YAMLScalar(text: text, style: .plain).resolved() == meaning)
    }

    @Test func `quotes, blocks and tags make text of anything`() throws {
        let node = try #require(try parse("a: \"true\"\nb: '1'\nc: !!str 5\nd: |\n  x\n  y\n").first)
        for key in ["a", "b", "c"] {
            let value = try #require(node[key])
            guard case .string = value.scalar?.resolved(tag: value.tag) else {
                Issue.record("\(key) is no text")
                continue
            }
        }
        #expect(node["d"]?.scalar == YAMLScalar(text: "x\ny\n", style: .block))
    }

    @Test func `an alias stands for its anchor`() throws {
        let node = try #require(try parse("a: &x [1, 2]\nb: *x\n").first)
        #expect(node["b"]?.members?.count == 2)
    }

    @Test(arguments: [
        ("x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  c: 3\n", "a=1 b=2 c=3"),
        // What stands later counts, whether it is written out or merged, as in Kubernetes' reader.
        ("x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  a: 3\n", "a=3 b=2"),
        ("x: &x {a: 1, b: 2}\nz:\n  a: 3\n  <<: *x\n", "a=1 b=2"),
        ("x: &x {a: 1}\ny: &y {a: 2, b: 3}\nz:\n  <<: [*x, *y]\n", "a=1 b=3"),
        ("x: &x {a: 1}\ny: &y {a: 2, b: 3}\nz:\n  <<: *x\n  <<: *y\n", "a=2 b=3"),
        ("x: &x {a: 1}\ny: &y {<<: *x, b: 3}\nz:\n  <<: *y\n", "a=1 b=3"),
        ("z:\n  <<: {a: 1}\n  b: 2\n", "a=1 b=2"), ("z:\n  <<: []\n  b: 2\n", "b=2"),
        ("x: &x {a: 1}\nz:\n  !!merge \"<<\": *x\n", "a=1"), ("z:\n  \"<<\": 1\n", "<<=1"),
        ("z:\n  !!str <<: 1\n", "<<=1"),
    ])
    func `a merge key brings the entries of other mappings`(text: String, expected: String) throws {
        let node = try #require(try parse(text).first?["z"])
        let entries = node.entries?.map { "\($0.key)=\($0.value.scalar?.text ?? "?")" }
        #expect(entries?.sorted().joined(separator: " ") == expected)
    }

    @Test func `merged entries keep their places, and count for the limit of nodes`() throws {
        let node = try #require(try parse("x: &x\n  a: 1\nz:\n  <<: *x\n").first)
        #expect(node["z"]?.entries?.map(\.line) == [2])
        var limits = YAMLLimits()
        limits.nodes = 1_000
        let wide = "x: &x {" + (0..<100).map { "k\($0): 1" }.joined(separator: ", ") + "}\n"
        let text = wide + (0..<10).map { "y\($0): {<<: *x}\n" }.joined()
        #expect(throws: YAMLError.self) { () throws(YAMLError) in try parse(text, limits) }
    }

    @Test func `keys are told apart by their bytes`() throws {
        let node = try #require(try parse("\u{E9}: 1\ne\u{301}: 2\na\u{301}: 3\n").first)
        #expect(node["\u{E9}"]?.scalar?.text == "1")
        #expect(node["e\u{301}"]?.scalar?.text == "2")
        #expect(node["\u{E1}"] == nil)
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", YAMLError.duplicateKey("a", line: 3, firstLine: 1)),
        ("a: *nope\n", .unknownAlias("nope", line: 1)),
        ("z:\n  <<: 5\n", .badMerge(line: 2)), ("z:\n  <<:\n", .badMerge(line: 2)),
        ("z:\n  <<: [5]\n", .badMerge(line: 2)), ("y: &y [{a: 1}]\nz:\n  <<: *y\n", .badMerge(line: 3)),
        ("y: &y [1]\nz:\n  <<: [*y]\n", .badMerge(line: 3)), ("z:\n  <<: *nope\n", .unknownAlias("nope", line: 2)),
        ("y: &y {b: 1}\nz:\n  a: 1\n  <<: *y\n  a: 2\n", .duplicateKey("a", line: 5, firstLine: 3)),
        ("[1, 2]: x\n", .unsupportedKey(line: 1)),
    ])
    func `what a resource file must not have is refused with its line`(text: String, error: YAMLError) {
        #expect(throws: error) { () throws(YAMLError) in try parse(text) }
    }

    @Test(arguments: [
        ("a: b\n  c: d: e\n", 2), ("a:\n\t- b\n", 2), ("key: \"open\n", 2), ("a: 1\n}\n", 2),
        ("a: [1,\n  2\nb: 3\n", 3),
    ])
    func `a text that is no YAML is refused with its line`(text: String, line: Int) throws {
        let error = try #require(throws: YAMLError.self) { try parse(text) }
        guard case .malformed = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.line == line)
    }

    @Test func `bytes that are not UTF-8 are refused with their line`() throws {
        let bytes: [UInt8] = Array("a: 1\nb: ".utf8) + [0xC3, 0x28, 0x0A]
        let error = try #require(throws: YAMLError.self) { try YAMLNode.documents(parsing: bytes) }
        #expect(error.line == 2)
    }

    @Test func `size, depth and number of nodes are bounded, aliases counted in full`() {
        var limits = YAMLLimits()
        limits.bytes = 10
        #expect(throws: YAMLError.tooLarge(limit: 10)) { () throws(YAMLError) in try parse("a: 1234567890", limits) }
        #expect(throws: YAMLError.tooDeep(limit: 64, line: 1)) { () throws(YAMLError) in
            try parse(String(repeating: "[", count: 80) + String(repeating: "]", count: 80))
        }
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<10 {
            bomb +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",") + "]\n"
        }
        #expect(throws: YAMLError.tooManyNodes(limit: 100_000, line: 5)) { () throws(YAMLError) in try parse(bomb) }
    }

    @Test func `no input traps`() {
        var generator = SeededRandom(seed: 7)
        let pieces = [
            "a", ":", " ", "\n", "- ", "{", "}", "[", "]", "\"", "'", "&x", "*x", "!t", "|", ">", "#", "---\n", "\t",
            "\u{0}", "é", "? ", "%", "<<", "<<: ", "*x\n", "\u{301}", "\u{200D}", "\u{93F}",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0..<30, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            // Only that it returns counts here.
            _ = try? parse(text)
        }
    }
}
