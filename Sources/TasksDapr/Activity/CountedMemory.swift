internal import Synchronization
internal import Tasks

/// Up to where the changes of owners are known to be counted, in bounded memory: what comes again needs no read.
///
/// Two generations of owners are kept: when the young one is full it becomes the old one. A forgotten owner costs a read.
final class CountedMemory: Sendable {
    private struct State {
        var young: [OwnerID: Int] = [:]
        var old: [OwnerID: Int] = [:]
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// Makes a memory of at most `capacity` owners.
    init(capacity: Int = 10_000) { self.capacity = max(2, capacity) }

    /// The last sequence of an owner that was found to be counted; 0 when nothing is known.
    func last(_ owner: OwnerID) -> Int { state.withLock { $0.young[owner] ?? $0.old[owner] ?? 0 } }

    /// Notes up to where an owner's changes are counted, as it was read or written just now.
    func note(_ sequence: Int, of owner: OwnerID) {
        state.withLock { state in
            state.young[owner] = sequence
            if state.young.count >= capacity / 2 {
                state.old = state.young
                state.young = [:]
            }
        }
    }

    /// How many owners are remembered.
    var count: Int { state.withLock { $0.young.count + $0.old.count } }
}
