/// The loops that a service runs on.
package struct ServiceExecutors: Sendable {
    /// Never empty; nil is the shared pool.
    let all: [(any TaskExecutor)?]
    private let current: @Sendable () -> Int?

    /// Names the loops.
    ///
    /// - Parameters:
    ///   - loops: the loops; without any it is the shared pool.
    ///   - current: the place in `loops` of the one that the caller is on, or nil when it is on none.
    package init(_ loops: [any TaskExecutor], current: @escaping @Sendable () -> Int?) {
        all = loops.isEmpty ? [nil] : loops
        self.current = current
    }

    /// The pool that tasks without an executor run on.
    package static let shared = ServiceExecutors([]) { nil }

    /// The loop for what is not bound to one.
    var first: (any TaskExecutor)? { all[0] }

    /// Of elements that were made one for each of ``all``, the one that belongs to the caller's loop; the first for a caller on none.
    func mine<Element>(of elements: [Element]) -> Element {
        guard let place = current(), elements.indices.contains(place) else { return elements[0] }
        return elements[place]
    }
}
