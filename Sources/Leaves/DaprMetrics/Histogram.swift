import Synchronization

/// How often values fell at or below each of some bounds, with their sum and number.
package final class Histogram: Metric {
    /// Bounds for the time a request takes, in seconds, from 0.25 ms to 10 s.
    package static let latencySeconds = [
        0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    let head: MetricHead
    /// The label of each bucket with its bound, as it is written.
    private let buckets: [String]
    private let children: Children<HistogramChild>

    init(_ head: MetricHead, bounds: [Double]) {
        let finite = bounds.last == .infinity ? Array(bounds.dropLast()) : bounds
        precondition(finite.allSatisfy(\.isFinite), "The bounds of \(head.name) must be numbers.")
        precondition(zip(finite, finite.dropFirst()).allSatisfy(<), "The bounds of \(head.name) must ascend.")
        self.head = head
        buckets = (finite + [.infinity]).map { "le=\"\(ExpositionText.text($0))\"" }
        children = Children(labels: head.labels) { HistogramChild(bounds: finite) }
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
        for (values, child) in children.all {
            let labels = ExpositionText.Labels(head.labels, values)
            var count = 0
            for (bucket, number) in zip(buckets, child.counts) {
                count += number
                text.add(head.name, suffix: "_bucket", labels: labels, own: bucket, value: String(count))
            }
            text.add(head.name, suffix: "_sum", labels: labels, value: ExpositionText.text(child.sum))
            text.add(head.name, suffix: "_count", labels: labels, value: String(count))
        }
    }
}

/// A histogram for one combination of label values.
package final class HistogramChild: Sendable {
    private let bounds: [Double]
    private let buckets: [CounterChild]
    private let total = AtomicNumber()

    init(bounds: [Double]) {
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in CounterChild() }
    }

    /// How many values fell into each bucket, not added up; the last is for those above every bound.
    var counts: [Int] { buckets.map(\.value) }

    /// The sum of all values.
    package var sum: Double { total.value }

    /// Counts a value; one that is no number is left out.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        buckets[bounds.firstIndex { value <= $0 } ?? bounds.count].increment()
        total.add(value)
    }

    /// Counts a time, in seconds.
    package func observe(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        observe(Double(seconds) + Double(attoseconds) / 1e18)
    }
}
