internal import Synchronization
internal import Tasks

/// The commands of one owner: one leads a commit, the others wait.
final class CommandQueue: Sendable {
    private struct State {
        var isLed = false
        var waiting: [WaitingCommand] = []
    }

    private let state = Mutex(State())
    private let limit: Int

    /// Creates a queue in which at most `limit` commands wait.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether a command leads or waits.
    var isBusy: Bool { state.withLock { $0.isLed } }

    /// Leads at once if nobody does; otherwise waits to be woken.
    ///
    /// A command whose task is cancelled while it waits is answered at once.
    func enter(_ member: WaitingCommand) async -> BatchTurn {
        let leads = state.withLock { state in
            defer { state.isLed = true }
            return !state.isLed
        }
        if leads {
            member.context.whenQueued?()
            return .lead(nil)
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let turn: BatchTurn? = state.withLock { state in
                    if Task.isCancelled { return .answered(.failure(.cancelled)) }
                    if !state.isLed {
                        state.isLed = true
                        return .lead(nil)
                    }
                    guard state.waiting.count < limit else {
                        return .answered(.failure(.tooManyWaiting(retryAfter: .seconds(1))))
                    }
                    member.waiter.wait(continuation)
                    state.waiting.append(member)
                    return nil
                }
                if case .answered? = turn {} else { member.context.whenQueued?() }
                if let turn { continuation.resume(returning: turn) }
            }
        } onCancel: {
            let isWaiting = state.withLock { state in
                guard let index = state.waiting.firstIndex(where: { $0 === member }) else { return false }
                state.waiting.remove(at: index)
                return true
            }
            if isWaiting { member.answer(.failure(.cancelled)) }
        }
    }

    /// Takes up to `count` commands that have waited longest; only the leader calls this.
    func take(_ count: Int) -> [WaitingCommand] {
        state.withLock { state in
            let taken = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(taken.count)
            return taken
        }
    }

    /// Puts commands back at the front of the queue; only the leader calls this.
    func putBack(_ members: [WaitingCommand]) {
        if members.isEmpty { return }
        state.withLock { $0.waiting.insert(contentsOf: members, at: 0) }
    }

    /// Answers the commands whose deadline has passed while they waited.
    func dismissLate(_ now: ContinuousClock.Instant) {
        let late = state.withLock { state in
            let late = state.waiting.filter { $0.deadline <= now }
            if !late.isEmpty { state.waiting.removeAll { $0.deadline <= now } }
            return late
        }
        for member in late { member.answer(.failure(.deadlineExceeded)) }
    }

    /// Stops leading; the command that has waited longest leads next.
    func passOn() {
        let next: WaitingCommand? = state.withLock { state in
            if state.waiting.isEmpty {
                state.isLed = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.waiter.resume(.lead(nil))
    }
}
