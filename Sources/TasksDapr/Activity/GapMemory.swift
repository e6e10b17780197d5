internal import Synchronization
internal import Tasks

/// Counts how often the changes of an owner came too early, in bounded memory.
///
/// Two generations of owners are kept: when the young one is full it becomes the old one. A forgotten owner is waited for anew, which costs
/// a few deliveries.
final class GapMemory: Sendable {
    private struct Gap {
        var last: Int
        var count: Int
    }

    private struct State {
        var young: [OwnerID: Gap] = [:]
        var old: [OwnerID: Gap] = [:]
    }

    private let capacity: Int
    private let patience: Int
    private let state = Mutex(State())

    /// Makes a memory of at most `capacity` owners, that says of a gap `patience` times that what is missing may still come.
    init(capacity: Int = 10_000, patience: Int) {
        self.capacity = max(2, capacity)
        self.patience = patience
    }

    /// Notes that something is missing after a sequence, and says whether it may still come by itself.
    func mayFill(_ owner: OwnerID, after last: Int) -> Bool {
        state.withLock { state in
            var gap = state.young[owner] ?? state.old[owner] ?? Gap(last: last, count: 0)
            if gap.last != last { gap = Gap(last: last, count: 0) }
            gap.count = min(gap.count + 1, patience + 1)
            state.young[owner] = gap
            if state.young.count >= capacity / 2 {
                state.old = state.young
                state.young = [:]
            }
            return gap.count <= patience
        }
    }

    /// Forgets an owner, whose changes come in order again.
    func forget(_ owner: OwnerID) {
        state.withLock { state in
            state.young[owner] = nil
            state.old[owner] = nil
        }
    }

    /// How many owners are remembered.
    var count: Int { state.withLock { $0.young.count + $0.old.count } }
}
