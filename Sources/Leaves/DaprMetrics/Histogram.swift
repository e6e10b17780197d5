import Synchronization

/// How often values fell at or below each of some bounds, with their sum and number.
package final class Histogram: Metric {
    /// Bounds for the time a request takes, in seconds, from 0.25 ms to 10 s.
    package static let latencySeconds = [
        0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    static let kinds: Set<MetricDefinition.Kind> = [.histogram]

    let definition: MetricDefinition
    /// The label of each bucket with its bound, as it is written.
    private let buckets: [String]
    private let children: Children<HistogramChild>

    init(_ definition: MetricDefinition) {
        let bounds = definition.bounds
        self.definition = definition
        buckets = (bounds + [.infinity]).map { "le=\"\(ExpositionText.text($0))\"" }
        children = Children(labels: definition.labels) { HistogramChild(bounds: bounds) }
    }

    /// Counts a value for the child of some label values, one for each label in their order.
    package func observe(_ value: Double, _ labels: String...) { children[labels].observe(value) }

    /// Counts a time in seconds for the child of some label values.
    package func observe(_ time: Duration, _ labels: String...) { children[labels].observe(time) }

    /// The child of some label values, to keep where values come often: counting on it takes no lock.
    package func child(_ labels: String...) -> HistogramChild { children[labels] }

    /// The child of label values that are at hand as a list.
    package func child(_ labels: [String]) -> HistogramChild { children[labels] }

    func write(to text: inout ExpositionText) {
        let used = children.all.map { (values: $0.values, child: $0.child.snapshot) }
            .filter { $0.child.counts.contains { $0 > 0 } }
        text.add(definition, used) { text, labels, child in
            var count = 0
            for (bucket, number) in zip(buckets, child.counts) {
                count += number
                text.add(definition.name, suffix: "_bucket", labels: labels, own: bucket, value: String(count))
            }
            text.add(definition.name, suffix: "_sum", labels: labels, value: ExpositionText.text(child.sum))
            text.add(definition.name, suffix: "_count", labels: labels, value: String(count))
        }
    }
}
