import Synchronization

/// A number that only grows.
package final class Counter: Metric {
    static let kinds: Set<MetricDefinition.Kind> = [.counter]

    let definition: MetricDefinition
    private let children: Children<CounterChild>

    init(_ definition: MetricDefinition) {
        self.definition = definition
        children = Children(labels: definition.labels) { CounterChild() }
    }

    /// Adds to the child of some label values, one for each label in their order.
    package func increment(by amount: Int = 1, _ labels: String...) { children[labels].increment(by: amount) }

    /// The child of some label values, to keep where it is counted often: counting on it takes no lock.
    package func child(_ labels: String...) -> CounterChild { children[labels] }

    /// The child of label values that are at hand as a list.
    package func child(_ labels: [String]) -> CounterChild { children[labels] }

    func write(to text: inout ExpositionText) {
        text.add(definition, children.all) { text, labels, child in
            text.add(definition.name, labels: labels, value: String(child.value))
        }
    }
}

/// A counter for one combination of label values.
package final class CounterChild: Sendable {
    private let count = Atomic(0)

    /// The number so far.
    package var value: Int { count.load(ordering: .relaxed) }

    /// Adds; an amount below zero adds nothing, since a counter never falls.
    package func increment(by amount: Int = 1) { count.wrappingAdd(max(0, amount), ordering: .relaxed) }
}
