/// The loops on which a service runs.
package struct ServiceExecutors: Sendable {
    /// The loops, never empty; `nil` is the shared pool.
    let all: [(any TaskExecutor)?]
    private let current: @Sendable () -> Int?

    /// Creates the set of loops.
    ///
    /// - Parameters:
    ///   - loops: The loops; if empty, the shared pool.
    ///   - current: The index in `loops` of the caller's loop; `nil` when the caller is on none of them.
    package init(_ loops: [any TaskExecutor], current: @escaping @Sendable () -> Int?) {
        all = loops.isEmpty ? [nil] : loops
        self.current = current
    }

    /// The pool that runs tasks without an executor.
    package static let shared = ServiceExecutors([]) { nil }

    /// The loop for work that is not bound to one.
    var first: (any TaskExecutor)? { all[0] }

    /// The element that belongs to the caller's loop, where `elements` has one for each of ``all``; the first for a
    /// caller on no loop.
    func mine<Element>(of elements: [Element]) -> Element {
        guard let place = current(), elements.indices.contains(place) else { return elements[0] }
        return elements[place]
    }
}
