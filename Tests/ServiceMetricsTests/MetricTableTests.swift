import DaprMetrics
import Foundation
import ServiceMetrics
import Testing

struct MetricTableTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let metrics = MetricTable.groups.flatMap(\.metrics)

    /// `METRICS_WRITE=1 make test FILTER=MetricTableTests` writes the page anew.
    @Test func `the page of metrics says what the table says`() throws {
        let page = Self.root.appending(path: "docs/metrics.md")
        if ProcessInfo.processInfo.environment["METRICS_WRITE"] == "1" {
            try MetricTable.markdown.write(to: page, atomically: true, encoding: .utf8)
        } else {
            #expect(
                try String(contentsOf: page, encoding: .utf8) == MetricTable.markdown,
                "docs/metrics.md: write it anew with METRICS_WRITE=1"
            )
        }
    }

    @Test(arguments: metrics)
    func `a name says what it counts, as Prometheus would have it`(metric: MetricDefinition) {
        #expect(metric.name.allSatisfy { $0 == "_" || $0.isLowercase }, "\(metric.name)")
        #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
        #expect(["http_", "tasks_", "process_"].contains { metric.name.hasPrefix($0) }, "\(metric.name)")
        for word in ["milliseconds", "minutes", "kilobytes", "percent"] { #expect(!metric.name.contains(word)) }
        #expect(metric.help.hasSuffix(".") && !metric.help.contains("|"), "\(metric.name)")
    }

    @Test func `each metric stands in the table once`() {
        let names = Self.metrics.map(\.name)
        #expect(Set(names).count == names.count)
    }

    /// A row that nothing counts would promise what never comes, and a metric beside the table would be on no page.
    @Test func `the service registers what the table has and nothing else`() throws {
        let sources = Self.root.appending(path: "Sources")
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".swift") }
        let text = { (path: String) in try String(contentsOf: sources.appending(path: path), encoding: .utf8) }
        let table = try text("Leaves/ServiceMetrics/MetricDefinition+Service.swift")
        let rows = table.matches(of: #/static let (\w+) = /#).map { String($0.output.1) }
        let groups = try text("Leaves/ServiceMetrics/MetricTable.swift")
        #expect(rows.count == Self.metrics.count)
        for row in rows { #expect(groups.contains(".\(row)"), "\(row) stands in no group") }
        var registered: Set<String> = []
        let folders = ["Doors/", "Tasks/", "Tracing/", "Programs/TaskServer/"]
        for file in files where folders.contains(where: { file.hasPrefix($0) }) {
            let code = try text(file)
            for match in code.matches(of: #/(?:counter|gauge|histogram|callback)\(\.(\w+)\)/#) {
                registered.insert(String(match.output.1))
            }
            #expect(
                code.firstMatch(of: #/\.(?:counter|gauge|histogram)\(\s*"/#) == nil,
                "\(file) registers a metric beside the table"
            )
        }
        #expect(registered == Set(rows))
    }
}
