import Synchronization

/// The metrics of a process, written as Prometheus reads them.
///
///     let requests = registry.counter("http_requests_total", help: "Requests answered.", labels: ["method", "status"])
///     requests.increment("GET", "200")
///
/// Asking for a metric again gives the one there is. A name or label that Prometheus would not take, and the same name with another type or
/// other labels, are mistakes of the program and stop it.
package final class MetricsRegistry: Sendable {
    private let metrics = Mutex<[String: any Metric]>([:])

    /// Makes an empty registry.
    package init() {}

    /// A number that only grows; its name ends in `_total` by custom.
    package func counter(_ name: String, help: String, labels: [String] = []) -> Counter {
        register(name) { Counter(MetricHead(name, type: "counter", help: help, labels: labels)) }
    }

    /// A number that goes up and down.
    package func gauge(_ name: String, help: String, labels: [String] = []) -> Gauge {
        register(name) { Gauge(MetricHead(name, type: "gauge", help: help, labels: labels)) }
    }

    /// A number that is asked for whenever the metrics are read.
    package func gaugeCallback(_ name: String, help: String, value: @escaping @Sendable () -> Double) {
        let _: CallbackGauge = register(name) {
            CallbackGauge(MetricHead(name, type: "gauge", help: help, labels: []), value: value)
        }
    }

    /// How often values fell at or below each of some bounds; `buckets` must ascend and may leave out infinity.
    package func histogram(
        _ name: String,
        help: String,
        labels: [String] = [],
        buckets: [Double] = Histogram.latencySeconds
    ) -> Histogram {
        register(name) {
            Histogram(MetricHead(name, type: "histogram", help: help, labels: labels), bounds: buckets)
        }
    }

    /// All metrics in Prometheus' text format 0.0.4, sorted by name and labels.
    ///
    /// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    package func exposition() -> [UInt8] {
        let sorted = metrics.withLock { Array($0.values) }.sorted { $0.head.name < $1.head.name }
        var text = ExpositionText()
        for metric in sorted {
            text.add(metric.head)
            metric.write(to: &text)
        }
        return text.bytes
    }

    /// What an answer with the exposition has as `Content-Type`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private func register<Kind: Metric>(_ name: String, make: () -> Kind) -> Kind {
        metrics.withLock { metrics in
            let new = make()
            guard let known = metrics[name] else {
                metrics[name] = new
                return new
            }
            guard let same = known as? Kind, same.head.labels == new.head.labels else {
                preconditionFailure("The metric \(name) is registered twice with different types or labels.")
            }
            return same
        }
    }
}

/// What the registry needs of every kind of metric.
protocol Metric: Sendable {
    var head: MetricHead { get }
    func write(to text: inout ExpositionText)
}
