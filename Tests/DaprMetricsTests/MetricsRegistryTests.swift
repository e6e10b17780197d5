import DaprMetrics
import Testing

struct MetricsRegistryTests {
    private let registry = MetricsRegistry()

    @Test func `asking for a metric again gives the one there is`() {
        registry.counter("c_total", help: "C.", labels: ["a"]).increment("x")
        let again = registry.counter("c_total", help: "C.", labels: ["a"])
        again.increment("x")
        #expect(again.child("x").value == 2)
    }

    @Test func `after a thousand combinations the rest is counted as other`() {
        let counter = registry.counter("c_total", help: "C.", labels: ["a", "b"])
        for index in 0..<1500 { counter.increment("x", "\(index)") }
        counter.increment(by: 5, "x", "3")
        let lines = String(decoding: registry.exposition(), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2 + 1001)
        #expect(lines.contains(#"c_total{a="other",b="other"} 500"#))
        #expect(lines.contains(#"c_total{a="x",b="3"} 6"#))
    }

    @Test func `nothing is lost when many tasks count at once`() async {
        let counter = registry.counter("c_total", help: "C.", labels: ["a"])
        let histogram = registry.histogram("h", help: "H.", buckets: [1])
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<2000 {
                        counter.increment("\(task % 2)")
                        histogram.observe(0.5)
                    }
                }
            }
        }
        #expect(counter.child("0").value == 8000)
        #expect(counter.child("1").value == 8000)
        #expect(histogram.child().sum == 8000)
        #expect(String(decoding: registry.exposition(), as: UTF8.self).contains("h_bucket{le=\"1\"} 16000\n"))
    }

    @Test func `a name that Prometheus would not take stops the program`() async {
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().counter("1st", help: "") }
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().counter("a-b", help: "") }
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().counter("a", help: "", labels: ["le"]) }
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().histogram("a", help: "", buckets: [2, 1]) }
    }

    @Test func `the same name with another type stops the program`() async {
        await #expect(processExitsWith: .failure) {
            let registry = MetricsRegistry()
            _ = registry.counter("a", help: "")
            _ = registry.gauge("a", help: "")
        }
    }
}
