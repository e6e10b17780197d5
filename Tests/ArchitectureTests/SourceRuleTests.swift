import Testing

struct SourceRuleTests {
    @Test func `only wrapper targets write what the compiler cannot check`() throws {
        let unchecked =
            /(?:^|[^.\w])unsafe\b|@unchecked\s+Sendable|nonisolated\s*\(\s*unsafe\s*\)|@safe\b|\(\s*unchecked\s*\)/
        for file in try Project.sources.get()
        where !SourceRules.wrappers.contains(file.target) && SourceRules.uncheckedFiles[file.path] == nil {
            #expect(file.lines(matching: unchecked).isEmpty, "\(file.path): only wrapper targets may write this")
        }
    }

    @Test func `only what strangers use is public`() throws {
        for file in try Project.sources.get() where !SourceRules.products.contains(file.target) {
            #expect(
                file.lines(matching: /(?:^|[^.\w])(?:public|open class|open func|open var)\s/).isEmpty,
                "\(file.path): use package; public is for \(SourceRules.products.sorted())"
            )
        }
    }

    /// What sees characters where a protocol has bytes: a slash with a combining mark behind it is no `Character` "/".
    private static var characterwise: Regex<Substring> {
        /(?:^|\W)has(?:Prefix|Suffix)\(|\.split\(separator: "|\.(?:first|last)Index\(of: "|\.(?:first|last)\?? [!=]= "|\.contains\("[^\w"]+"\)/
    }

    @Test func `text of a protocol is searched and split by its bytes`() throws {
        for file in try Project.sources.get() where SourceRules.protocols.contains(file.target) {
            #expect(
                file.wholeLines(matching: Self.characterwise).isEmpty,
                "\(file.path): take what Sources/Leaves/DaprText/StringProtocol+Bytes.swift has, or the text's utf8"
            )
        }
    }

    @Test(arguments: [
        ("path.hasPrefix(\"/\")", [1]), ("x\nhasSuffix(end)", [2]), ("path.hasBytePrefix(\"/\")", []),
        ("a.split(separator: \"/\")", [1]), ("a.utf8.split(separator: UInt8(ascii: \"/\"))", []),
        ("a.splitBytes(separator: \"/\")", []), ("a.first == \"-\"", [1]), ("a.utf8.first == 0x2D", []),
        ("a.last != \"-\"", [1]), ("a.firstIndex(of: \"=\")", [1]), ("name.contains(\"/\")", [1]),
        ("names.contains(\"config\")", []), ("// path.hasPrefix(\"/\")", []), ("\"\"\"\na.hasPrefix(b)\n\"\"\"", []),
    ])
    func `what sees characters is found in code only`(text: String, lines: [Int]) {
        #expect(SwiftSource(path: "Sources/X/Y.swift", text: text).wholeLines(matching: Self.characterwise) == lines)
    }

    /// A dictionary or a set of strings, or two strings that are compared: to Swift é is e and a mark, and the sign for kelvin is K.
    ///
    /// By the names that text from outside goes by; no rule of lines sees every type.
    private static var equivalent: Regex<Substring> {
        /Set<String>|\[String: |Dictionary<String,|(?:^|\W)(?:name|key|topic|tag|title|text|path|appID|pubsub|store|scope|user|owner|issuer|origin) [!=]= (?!nil\b)[a-z$]|(?:^|\W)(?:scopes|topics|tags|names|keys|origins|allowed|denied|protected|texts|labels|hosts|users)\.contains\([A-Za-z][\w.]*\)/
    }

    /// One of these is on every such line; a regular expression is slow.
    private static let equivalentWords = ["String", "== ", "!= ", ".contains("]

    @Test func `text from outside is told apart by its bytes`() throws {
        let files = try Project.sources.get().filter { SourceRules.protocols.contains($0.target) }
        for file in files where SourceRules.keyedByText.keys.allSatisfy({ !file.path.hasPrefix($0) }) {
            let lines = file.lines(matching: Self.equivalent, having: Self.equivalentWords)
            #expect(lines.isEmpty, "\(file.path):\(lines): key by ExactText, and compare by hasSameBytes")
        }
        for path in SourceRules.keyedByText.keys {
            let hasReason = files.contains {
                $0.path.hasPrefix(path) && !$0.lines(matching: Self.equivalent, having: Self.equivalentWords).isEmpty
            }
            #expect(hasReason, "\(path) is an exception for nothing")
        }
    }

    @Test(arguments: [
        ("var jobs: [String: Entry] = [:]", [1]), ("var seen: Set<String> = []", [1]), ("[ExactText: String]", []),
        ("let known: Dictionary<String, Int>", [1]), ("if definition.topic == other.topic {", [1]),
        ("first { $0.name == name }", [1]), ("$0.name.hasSameBytes(as: name)", []), ("if name == \"a\" {", []),
        ("if topic != nil {", []), ("if path == .root {", []), ("scopes.contains(appID)", [1]),
        ("resource.scopes.contains(configuration.appID)", [1]), ("scopes.contains(bytesOf: appID)", []),
        ("tags.contains { $0 == 1 }", []), ("keys.contains(ExactText(key))", []), ("// [String: String]", []),
    ])
    func `what Unicode holds for equal is found where it is compared`(text: String, lines: [Int]) {
        #expect(
            SwiftSource(path: "Sources/X/Y.swift", text: text).lines(
                matching: Self.equivalent,
                having: Self.equivalentWords
            ) == lines
        )
    }

    @Test func `a file has one subject`() throws {
        let files = try Project.sources.get() + Project.tests.get()
        for file in files {
            #expect(
                file.lineCount <= SourceRules.longestFile,
                "\(file.path) has \(file.lineCount) lines: look for its second subject"
            )
        }
        #expect(Set(SourceRules.uncheckedFiles.keys).isSubset(of: files.map(\.path)), "an exception for no file")
    }

    @Test(arguments: [
        ("import Glibc", ["Glibc"]), ("internal import CDaprCurl", ["CDaprCurl"]),
        ("@testable import Tasks", ["Tasks"]),
        ("@_spi(Testing) package import struct DaprLog.Line", ["DaprLog"]), ("// import Foundation", []),
        ("let text = \"\"\"\nimport Foundation\n\"\"\"", []),
        ("/* a\nimport Foundation\n*/ import DaprJSON", ["DaprJSON"]),
        ("let important = 1", []), ("import\tDaprJSON", ["DaprJSON"]),
    ])
    func `import lines are found in code only`(text: String, modules: [String]) {
        #expect(SwiftSource(path: "Sources/X/Y.swift", text: text).imports.map(\.module) == modules)
    }

    @Test(arguments: [
        ("let x = unsafe call()", [1]), ("// unsafe\n/* unsafe */", []), ("print(\"unsafe \\\" unsafe\")", []),
        ("let u = #\"unsafe \" unsafe\"#\nunsafe f()", [2]), ("func `is unsafe`() {}", []), ("unsafeBitCast(x)", []),
        ("let t = \"\"\"\n unsafe \"quoted\" \n\"\"\"\nreturn unsafe g()", [4]), ("\"\\\\\" ; unsafe h()", [1]),
    ])
    func `comments and strings are no code`(text: String, lines: [Int]) {
        #expect(SwiftSource(path: "Sources/X/Y.swift", text: text).lines(matching: /\bunsafe\b/) == lines)
    }
}
