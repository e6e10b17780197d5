/// A histogram for one combination of label values.
package final class HistogramChild: Sendable {
    private let bounds: [Double]
    private let buckets: [CounterChild]
    private let total = AtomicNumber()

    init(bounds: [Double]) {
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in CounterChild() }
    }

    /// How many values fell into each bucket, not added up, the last for those above every bound; and the sum of all.
    var snapshot: (counts: [Int], sum: Double) { (buckets.map(\.value), total.value) }

    /// The sum of all values.
    package var sum: Double { total.value }

    /// Counts a value; one that is no number is left out.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        // Halving: the first bound at or above the value.
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        buckets[low].increment()
        if value != 0 { total.add(value) }
    }

    /// Counts a time, in seconds.
    package func observe(_ time: Duration) {
        // By way of 64 bits: there is no quick conversion of 128.
        observe(Double(Int64(truncatingIfNeeded: time.attoseconds / 1_000_000_000)) / 1e9)
    }
}
