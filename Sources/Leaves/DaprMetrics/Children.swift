import Synchronization

/// The children of a metric: one for each combination of label values, of which there are not many.
///
/// After ``limit`` combinations every new one shares a child whose labels all read `other`: values that come from outside cannot fill the memory.
final class Children<Child: Sendable>: Sendable {
    static var limit: Int { 1000 }

    private let labels: [String]
    private let make: @Sendable () -> Child
    private let children: Mutex<[[String]: Child]>

    init(labels: [String], make: @escaping @Sendable () -> Child) {
        self.labels = labels
        self.make = make
        // Without labels there is one child, and it shows from the start.
        children = Mutex(labels.isEmpty ? [[]: make()] : [:])
    }

    /// The child of these label values, which must be as many as the labels.
    subscript(_ values: [String]) -> Child {
        precondition(values.count == labels.count, "Labels \(labels) need as many values, got \(values.count).")
        return children.withLock { children in
            if let child = children[values] { return child }
            let isFull = children.count >= Self.limit
            let key = isFull ? labels.map { _ in "other" } : values
            if isFull, let child = children[key] { return child }
            let child = make()
            children[key] = child
            return child
        }
    }

    /// All children, sorted by their label values.
    var all: [(values: [String], child: Child)] {
        children.withLock { children in children.map { ($0.key, $0.value) } }
            .sorted { $0.values.lexicographicallyPrecedes($1.values) }
    }
}
