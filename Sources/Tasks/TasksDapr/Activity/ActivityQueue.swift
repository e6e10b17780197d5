internal import Synchronization
internal import Tasks

/// The deliveries of each owner that wait to be counted: one leads and counts for all that wait, then the next one leads.
final class ActivityQueue: Sendable {
    /// Who counts now, by being here, with those that wait.
    private let state = Mutex<[OwnerID: [ActivityDelivery]]>([:])

    /// Leads at once when nobody does; otherwise waits for an answer, or to lead.
    func enter(_ delivery: ActivityDelivery, of owner: OwnerID) async -> ActivityDelivery.Turn {
        await withCheckedContinuation { continuation in
            let leads = state.withLock { state in
                guard state[owner] != nil else {
                    state[owner] = []
                    return true
                }
                delivery.waiter.wait(continuation)
                state[owner]?.append(delivery)
                return false
            }
            if leads { continuation.resume(returning: .lead) }
        }
    }

    /// Those that wait; for the one that leads.
    func take(_ owner: OwnerID) -> [ActivityDelivery] {
        state.withLock { state in
            let waiting = state[owner] ?? []
            if !waiting.isEmpty { state[owner] = [] }
            return waiting
        }
    }

    /// Ends leading: the longest waiting leads next.
    func leave(_ owner: OwnerID) {
        let next = state.withLock { state -> ActivityDelivery? in
            guard var waiting = state[owner], !waiting.isEmpty else {
                state[owner] = nil
                return nil
            }
            let next = waiting.removeFirst()
            state[owner] = waiting
            return next
        }
        next?.waiter.resume(.lead)
    }
}

/// Changes of one owner that came together.
final class ActivityDelivery: Sendable {
    /// What one that waits is woken for.
    enum Turn: Sendable {
        /// To count, for itself and those that wait behind it.
        case lead
        /// Another counted for it.
        case answered(Result<ActivityReceipt, TaskError>)
    }

    let changes: [ActivityChange]
    let waiter = Waiter<Turn>()

    init(_ changes: [ActivityChange]) { self.changes = changes }
}
