import Foundation
import Testing

@testable import TaskFilter

/// What `docs/filters.md` shows is what happens.
struct FilterPageTests {
    private let lines: [String]

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/filters.md"), encoding: .utf8)
        lines = page.split(separator: "\n").map(String.init)
    }

    @Test func `the errors it shows are those that are told`() throws {
        let samples = lines.compactMap { $0.wholeMatch(of: /[ ]{4}(.+?) {3,}(At position .+)/)?.output }
        #expect(samples.count >= 6)
        for (_, filter, told) in samples {
            let error = try #require(throws: FilterError.self) { try Filter(parsing: String(filter)) }
            // An ellipsis stands for a part that is left out.
            let parts = told.split(separator: "\u{2026}")
            let description = error.description
            #expect(description.hasPrefix(parts[0]) && description.hasSuffix(parts[parts.count - 1]), "\(error)")
            #expect(parts.count > 1 || description == told)
        }
    }

    @Test func `the filters it shows are filters`() throws {
        let samples = lines.compactMap { $0.wholeMatch(of: /[ ]{4}filter=(.+)/)?.output.1 }
        #expect(samples.count >= 3)
        for filter in samples { _ = try Filter(parsing: String(filter)) }
    }

    @Test func `the short forms of due are the filters it says`() throws {
        let rows = lines.compactMap { $0.wholeMatch(of: /\| `([a-z:A-Z]+)` \| `(.+?)`.*\|/)?.output }
        let shown = try rows.compactMap { row throws -> DueShortcut? in
            guard let shortcut = DueShortcut(rawValue: String(row.1.prefix { $0 != ":" })) else { return nil }
            let (short, long) = (
                String(row.1.replacing("DATE", with: "tomorrow")), String(row.2.replacing("DATE", with: "tomorrow"))
            )
            #expect(Filter(try DueShortcut.expression(parsing: short)) == (try Filter(parsing: long)))
            return shortcut
        }
        #expect(shown == DueShortcut.allCases)
    }

    @Test func `the fields and operators it lists are those there are`() throws {
        for field in FilterField.allCases {
            let row = try #require(
                lines.first { $0.hasPrefix("| `") && $0.split(separator: "|")[0].contains("`\(field.rawValue)`") }
            )
            let columns = row.split(separator: "|").map(String.init)
            try #require(columns.count == 4)
            let operators = columns[2].matches(of: /`([^`]+)`/).map { String($0.output.1) }
            #expect(Set(operators) == Set(field.operators.map(\.rawValue)), "\(field)")
            #expect(columns[3].contains("null") == field.canBeNull, "\(field)")
            #expect(field.words.allSatisfy { columns[3].contains("`\($0)`") }, "\(field)")
        }
    }
}
