import Synchronization

/// The metrics of a process, written as Prometheus reads them.
///
///     let requests = registry.counter("http_requests_total", help: "Requests answered.", labels: ["method", "status"])
///     requests.increment("GET", "200")
///
/// Asking for a metric again gives the one there is. The same name with another kind or other labels is a mistake of the program and stops it.
///
/// What was never used takes no line: a metric with labels shows with its first combination of them, and a histogram with its first value. A
/// counter or gauge without labels shows from the start, so that a rate has a zero to begin from.
package final class MetricsRegistry: Sendable {
    private let metrics = Mutex<[String: any Metric]>([:])

    /// Makes an empty registry.
    package init() {}

    /// A number that only grows.
    package func counter(_ definition: MetricDefinition) -> Counter { register(definition, Counter.init) }

    /// A number that goes up and down.
    package func gauge(_ definition: MetricDefinition) -> Gauge { register(definition, Gauge.init) }

    /// How often values fell at or below each of some bounds.
    package func histogram(_ definition: MetricDefinition) -> Histogram { register(definition, Histogram.init) }

    /// A number without labels that is asked for whenever the metrics are read; a counter's must never fall.
    package func callback(_ definition: MetricDefinition, value: @escaping @Sendable () -> Double) {
        let _: CallbackMetric = register(definition) { CallbackMetric($0, value: value) }
    }

    /// A number that only grows; its name ends in `_total` by custom.
    package func counter(_ name: String, help: String, labels: [String] = []) -> Counter {
        counter(.counter(name, help, labels: labels))
    }

    /// A number that goes up and down.
    package func gauge(_ name: String, help: String, labels: [String] = []) -> Gauge {
        gauge(.gauge(name, help, labels: labels))
    }

    /// How often values fell at or below each of some bounds; `buckets` must ascend and may leave out infinity.
    package func histogram(
        _ name: String,
        help: String,
        labels: [String] = [],
        buckets: [Double] = Histogram.latencySeconds
    ) -> Histogram {
        histogram(.histogram(name, help, labels: labels, bounds: buckets))
    }

    /// All metrics in Prometheus' text format 0.0.4, sorted by name and labels.
    ///
    /// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    package func exposition() -> [UInt8] {
        let sorted = metrics.withLock { Array($0.values) }.sorted { $0.definition.name < $1.definition.name }
        var text = ExpositionText()
        for metric in sorted { metric.write(to: &text) }
        return text.bytes
    }

    /// What an answer with the exposition has as `Content-Type`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private func register<Kind: Metric>(_ definition: MetricDefinition, _ make: (MetricDefinition) -> Kind) -> Kind {
        precondition(Kind.kinds.contains(definition.kind), "The metric \(definition.name) is a \(definition.kind).")
        return metrics.withLock { metrics in
            guard let known = metrics[definition.name] else {
                let new = make(definition)
                metrics[definition.name] = new
                return new
            }
            guard let same = known as? Kind, same.definition.kind == definition.kind,
                same.definition.labels == definition.labels
            else {
                preconditionFailure("The metric \(definition.name) is registered twice with different kinds or labels.")
            }
            return same
        }
    }
}

/// What the registry needs of every kind of metric.
protocol Metric: Sendable {
    /// The kinds that it can be defined as.
    static var kinds: Set<MetricDefinition.Kind> { get }

    var definition: MetricDefinition { get }
    /// Writes head and samples, or nothing when there are no samples.
    func write(to text: inout ExpositionText)
}
