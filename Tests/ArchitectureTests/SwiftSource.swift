import Foundation

/// One Swift file of the project, with its code apart from its comments and strings.
struct SwiftSource {
    /// Relative to the project's root, as a failure names it.
    let path: String
    let text: String
    /// The text with comments, string literals and raw identifiers blanked; lines keep their numbers.
    let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = Self.blanked(text)
    }

    /// The target that the file belongs to: a folder of a group in `Sources`, or a folder in `Tests`.
    var target: String {
        let folders = path.split(separator: "/").dropLast()
        return folders.dropFirst(folders.first == "Sources" ? 2 : 1).first.map(String.init) ?? ""
    }

    var lineCount: Int { text.split(separator: "\n", omittingEmptySubsequences: false).count - 1 }

    /// The modules that the file imports, each with its line.
    var imports: [(module: String, line: Int)] {
        code.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            guard line.range(of: "import") != nil, let match = line.firstMatch(of: Self.importLine) else { return nil }
            return (String(match.output.1), index + 1)
        }
    }

    /// The lines on which `pattern` stands in the code; with `words` only those are looked at that have one of them.
    func lines(matching pattern: Regex<Substring>, having words: [String] = []) -> [Int] {
        code.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            guard words.isEmpty || words.contains(where: { line.range(of: $0) != nil }) else { return nil }
            return line.contains(pattern) ? index + 1 : nil
        }
    }

    /// The lines that hold code and on which `pattern` stands, strings and all.
    func wholeLines(matching pattern: Regex<Substring>) -> [Int] {
        zip(
            text.split(separator: "\n", omittingEmptySubsequences: false),
            code.split(separator: "\n", omittingEmptySubsequences: false)
        )
        .enumerated()
        .compactMap { index, line in
            line.1.contains { $0 != " " } && line.0.contains(pattern) ? index + 1 : nil
        }
    }

    private static var importLine: Regex<(Substring, Substring)> {
        /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|actor|typealias|func|let|var)\s+)?(\w+)/
    }

    private static func blanked(_ text: String) -> String {
        var scanner = CodeScanner(bytes: Array(text.utf8))
        return String(decoding: scanner.code(), as: UTF8.self)
    }
}

/// The project's files.
enum Project {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Every Swift file under `Sources`, by path, read once.
    static let sources = Result { try swiftFiles(under: "Sources") }
    /// Every Swift file under `Tests`, by path, read once.
    static let tests = Result { try swiftFiles(under: "Tests") }

    private static func swiftFiles(under folder: String) throws -> [SwiftSource] {
        let base = root.appending(path: folder)
        guard let walker = FileManager.default.enumerator(atPath: base.path) else { return [] }
        return try walker.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted()
            .map { SwiftSource(path: "\(folder)/\($0)", text: try text("\(folder)/\($0)")) }
    }
}
