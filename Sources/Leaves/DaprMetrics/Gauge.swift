import Synchronization

/// A number that goes up and down.
package final class Gauge: Metric {
    static let kinds: Set<MetricDefinition.Kind> = [.gauge]

    let definition: MetricDefinition
    private let children: Children<GaugeChild>

    init(_ definition: MetricDefinition) {
        self.definition = definition
        children = Children(labels: definition.labels) { GaugeChild() }
    }

    /// Sets the child of some label values, one for each label in their order.
    package func set(_ value: Double, _ labels: String...) { children[labels].set(value) }

    /// The child of some label values, to keep where it changes often: changing it takes no lock.
    package func child(_ labels: String...) -> GaugeChild { children[labels] }

    /// The child of label values that are at hand as a list.
    package func child(_ labels: [String]) -> GaugeChild { children[labels] }

    func write(to text: inout ExpositionText) {
        text.add(definition, children.all) { text, labels, child in
            text.add(definition.name, labels: labels, value: ExpositionText.text(child.value))
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
}

/// A number that is asked for whenever the metrics are read.
final class CallbackMetric: Metric {
    static let kinds: Set<MetricDefinition.Kind> = [.counter, .gauge]

    let definition: MetricDefinition
    private let value: @Sendable () -> Double

    init(_ definition: MetricDefinition, value: @escaping @Sendable () -> Double) {
        precondition(definition.labels.isEmpty, "\(definition.name) is one number and has no labels.")
        self.definition = definition
        self.value = value
    }

    func write(to text: inout ExpositionText) {
        text.add(definition)
        text.add(definition.name, labels: ExpositionText.Labels([], []), value: ExpositionText.text(value()))
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
