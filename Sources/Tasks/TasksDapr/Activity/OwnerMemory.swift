internal import Synchronization
internal import Tasks

/// A value for each of the owners who came last, in bounded memory.
///
/// Two generations are kept: a full young one replaces the old one. A forgotten value costs a read.
final class OwnerMemory<Value: Sendable>: Sendable {
    private struct State {
        var young: [OwnerID: Value] = [:]
        var old: [OwnerID: Value] = [:]
        /// The total weight of the young generation.
        var weight = 0
    }

    private let capacity: Int
    private let weigh: @Sendable (Value) -> Int
    private let state = Mutex(State())

    /// Creates a memory for values with a total weight of about `capacity`; by default each weighs 1.
    init(capacity: Int, weigh: @escaping @Sendable (Value) -> Int = { _ in 1 }) {
        self.capacity = max(2, capacity)
        self.weigh = weigh
    }

    /// The value that was last noted for an owner; `nil` when it was forgotten.
    func value(of owner: OwnerID) -> Value? { state.withLock { $0.young[owner] ?? $0.old[owner] } }

    /// Remembers a value for an owner.
    func note(_ value: Value, of owner: OwnerID) {
        state.withLock { state in
            let before = state.young.updateValue(value, forKey: owner)
            state.weight += weigh(value) - (before.map(weigh) ?? 0)
            if state.weight >= capacity / 2 {
                state.old = state.young
                (state.young, state.weight) = ([:], 0)
            }
        }
    }

    /// How many owners are remembered.
    var count: Int { state.withLock { $0.young.count + $0.old.count } }
}
