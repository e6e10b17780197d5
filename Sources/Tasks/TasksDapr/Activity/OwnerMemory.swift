internal import Synchronization
internal import Tasks

/// Something of each of the owners who came last, in bounded memory.
///
/// Two generations are kept: when the young one is full it becomes the old one. What is forgotten costs a read.
final class OwnerMemory<Value: Sendable>: Sendable {
    private struct State {
        var young: [OwnerID: Value] = [:]
        var old: [OwnerID: Value] = [:]
        /// What the young ones weigh.
        var weight = 0
    }

    private let capacity: Int
    private let weigh: @Sendable (Value) -> Int
    private let state = Mutex(State())

    /// Makes a memory of values that together weigh about `capacity`; without a scale each weighs 1.
    init(capacity: Int, weigh: @escaping @Sendable (Value) -> Int = { _ in 1 }) {
        self.capacity = max(2, capacity)
        self.weigh = weigh
    }

    /// What was noted last of an owner; nil when it was forgotten.
    func value(of owner: OwnerID) -> Value? { state.withLock { $0.young[owner] ?? $0.old[owner] } }

    /// Remembers this of an owner.
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
