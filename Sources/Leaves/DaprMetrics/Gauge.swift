import Synchronization

/// A number that goes up and down.
package final class Gauge: Metric {
    let head: MetricHead
    private let children: Children<GaugeChild>

    init(_ head: MetricHead) {
        self.head = head
        children = Children(labels: head.labels) { GaugeChild() }
    }

    /// Sets the child of some label values, one for each label in their order.
    package func set(_ value: Double, _ labels: String...) { children[labels].set(value) }

    /// Adds to the child of some label values; below zero it falls.
    package func add(_ amount: Double, _ labels: String...) { children[labels].add(amount) }

    /// The child of some label values, to keep where it changes often: changing it takes no lock.
    package func child(_ labels: String...) -> GaugeChild { children[labels] }

    func write(to text: inout ExpositionText) {
        for (values, child) in children.all {
            text.add(
                head.name,
                labels: ExpositionText.Labels(head.labels, values),
                value: ExpositionText.text(child.value)
            )
        }
    }
}

/// A gauge for one combination of label values.
package final class GaugeChild: Sendable {
    private let number = AtomicNumber()

    /// The number now.
    package var value: Double { number.value }

    /// Sets the number.
    package func set(_ value: Double) { number.set(value) }

    /// Adds to the number; below zero it falls.
    package func add(_ amount: Double) { number.add(amount) }
}

/// A gauge that is asked for its number whenever the metrics are read.
final class CallbackGauge: Metric {
    let head: MetricHead
    private let value: @Sendable () -> Double

    init(_ head: MetricHead, value: @escaping @Sendable () -> Double) {
        self.head = head
        self.value = value
    }

    func write(to text: inout ExpositionText) {
        text.add(head.name, labels: ExpositionText.Labels([], []), value: ExpositionText.text(value()))
    }
}

/// A floating-point number that many threads add to without a lock.
final class AtomicNumber: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }
}
