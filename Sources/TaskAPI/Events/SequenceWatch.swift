import Synchronization

/// Compares the sequence of each owner's changes with the last one seen, in bounded memory.
///
/// Two generations of owners are kept: when the young one is full it becomes the old one, and owners seen in neither since
/// are forgotten. A forgotten owner's next change counts as the first.
package final class SequenceWatch: Sendable {
    /// How a change follows what was seen before of its owner.
    package enum Outcome: String, Sendable, CaseIterable {
        /// Nothing of this owner is remembered.
        case first
        /// It is the one after the last.
        case next
        /// It was seen before, or a later one was.
        case repeated
        /// Changes between the last one and this one were not seen.
        case gap
    }

    private let capacity: Int
    private let state = Mutex(State())

    private struct State {
        var young: [String: Int] = [:]
        var old: [String: Int] = [:]
    }

    /// Makes a watch that remembers between half of `capacity` and `capacity` owners.
    package init(capacity: Int = 20_000) {
        self.capacity = max(2, capacity)
    }

    /// Notes a change and says how it follows.
    package func note(owner: String, sequence: Int) -> Outcome {
        state.withLock { state in
            let last = state.young[owner] ?? state.old[owner]
            state.young[owner] = max(last ?? sequence, sequence)
            if state.young.count >= capacity / 2 {
                state.old = state.young
                state.young = [:]
            }
            guard let last else { return .first }
            if sequence <= last { return .repeated }
            return sequence == last + 1 ? .next : .gap
        }
    }

    /// How many owners are remembered.
    package var count: Int { state.withLock { $0.young.count + $0.old.count } }
}
