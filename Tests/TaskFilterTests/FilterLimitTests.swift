import Testing

@testable import TaskFilter

struct FilterLimitTests {
    private func fault(_ text: String) throws -> FilterFault {
        try #require(throws: FilterError.self) { try Filter(parsing: text) }.fault
    }

    @Test func `a filter has so many code points`() throws {
        let longest = "title = \"" + String(repeating: "\u{1F600}", count: FilterLimits.length - 10) + "\""
        #expect(longest.unicodeScalars.count == FilterLimits.length)
        _ = try Filter(parsing: longest)
        #expect(try fault(longest + " ") == .tooLong(limit: 1000))
        #expect(try fault(String(repeating: "\u{1F600}", count: 1_000_000)) == .tooLong(limit: 1000))
    }

    @Test(arguments: [("(", ")"), ("not ", ""), ("not(", ")")])
    func `a filter is nested so deep`(open: String, close: String) throws {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + "completed" + String(repeating: close, count: depth)
        }
        let depth = open == "not(" ? FilterLimits.depth / 2 : FilterLimits.depth
        _ = try Filter(parsing: nested(depth))
        #expect(try fault(nested(depth + 1)) == .tooDeep(limit: 32))
        #expect(try fault(String(repeating: open, count: 200)) == .tooDeep(limit: 32))
    }

    @Test func `depth counts what is around, not what stands beside`() throws {
        _ = try Filter(parsing: (0..<50).map { _ in "(not completed)" }.joined(separator: " and "))
    }

    @Test func `a filter has so many comparisons`() throws {
        func list(_ count: Int) -> String { "version in (\((0..<count).map { "\($0)" }.joined(separator: ",")))" }
        _ = try Filter(parsing: list(100))
        #expect(try fault(list(101)) == .tooManyTerms(limit: 100))
        #expect(try fault("version=1 or " + list(100)) == .tooManyTerms(limit: 100))
        #expect(try fault(list(100) + " or completed") == .tooManyTerms(limit: 100))
        _ = try Filter(parsing: list(97) + " or version=1 and completed or completed")
    }

    @Test func `a filter has so many searches`() throws {
        func searches(_ count: Int) -> String { (0..<count).map { "title ~ a\($0)" }.joined(separator: " or ") }
        _ = try Filter(parsing: searches(10))
        #expect(try fault(searches(11)) == .tooManySearches(limit: 10))
    }
}
