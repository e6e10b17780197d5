internal import Synchronization
internal import Tasks

/// The deliveries of each owner that wait to be counted: one leads and counts all that wait, then the next one leads.
final class ActivityQueue: Sendable {
    /// The waiting deliveries of each owner; an owner is present while someone leads.
    private let state = Mutex<[OwnerID: [ActivityDelivery]]>([:])

    /// Leads at once if nobody does; otherwise waits to be answered or to lead.
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

    /// Takes the waiting deliveries; only the leader calls this.
    func take(_ owner: OwnerID) -> [ActivityDelivery] {
        state.withLock { state in
            let waiting = state[owner] ?? []
            if !waiting.isEmpty { state[owner] = [] }
            return waiting
        }
    }

    /// Stops leading; the delivery that has waited longest leads next.
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
    /// Why a waiting delivery is woken.
    enum Turn: Sendable {
        /// It leads: it counts its own changes and those of the deliveries behind it.
        case lead
        /// Another delivery counted its changes.
        case answered(Result<ActivityReceipt, TaskError>)
    }

    let changes: [ActivityChange]
    let waiter = Waiter<Turn>()

    init(_ changes: [ActivityChange]) { self.changes = changes }
}
