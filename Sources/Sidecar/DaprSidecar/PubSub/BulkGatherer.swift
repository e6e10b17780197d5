import Synchronization

/// Gathers the messages of a bulk subscription into deliveries, because brokers hand them over one at a time.
///
/// The caller that brings the first message of a batch waits for others and delivers them all. A broker that waits for
/// each answer brings no others, so every message is delivered alone after the whole wait, as with daprd.
final class BulkGatherer: Sendable {
    /// The role of a caller.
    private enum Turn {
        /// It waits for others and delivers the batch of this number.
        case leads(Int)
        /// It has nothing to do: its messages were delivered with others.
        case isAnswered([Acknowledgement])
    }

    private struct Batch {
        var messages: [BrokerMessage]
        /// The callers that wait for answers; their messages follow the leader's in this order.
        var followers: [(count: Int, continuation: CheckedContinuation<Turn, Never>)] = []
        var timer: Task<Void, Never>?
    }

    private struct State {
        var batches: [Int: Batch] = [:]
        var lastNumber = 0
        /// The batch that others may still join.
        var open: Int?
        var isClosed = false
    }

    private let bulk: SubscriptionDefinition.Bulk
    private let sleep: @Sendable (Duration) async throws(CancellationError) -> Void
    private let deliver: @Sendable ([BrokerMessage]) async -> [Acknowledgement]
    private let state = Mutex(State())

    init(
        _ bulk: SubscriptionDefinition.Bulk,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void,
        deliver: @escaping @Sendable ([BrokerMessage]) async -> [Acknowledgement]
    ) {
        self.bulk = bulk
        self.sleep = sleep
        self.deliver = deliver
    }

    /// Delivers messages, together with those of other callers, and returns their answers.
    func take(_ messages: [BrokerMessage]) async -> [Acknowledgement] {
        let turn = await withCheckedContinuation { join(messages, $0) }
        switch turn {
        case .isAnswered(let answers): return answers
        case .leads(let number):
            await waitForOthers(number)
            guard let batch = end(number) else { return [] }
            let answers = await deliver(batch.messages)
            var rest = answers.dropFirst(messages.count)
            for follower in batch.followers {
                follower.continuation.resume(returning: .isAnswered(Array(rest.prefix(follower.count))))
                rest = rest.dropFirst(follower.count)
            }
            return Array(answers.prefix(messages.count))
        }
    }

    /// Ends the waiting: gathered messages are delivered at once, and so are later ones.
    func close() {
        let timers = state.withLock { state in
            state.isClosed = true
            state.open = nil
            return state.batches.values.compactMap(\.timer)
        }
        for timer in timers { timer.cancel() }
    }

    /// Puts messages into the open batch, whose leader will answer; if there is none the caller leads a new one.
    private func join(_ messages: [BrokerMessage], _ continuation: CheckedContinuation<Turn, Never>) {
        let (newNumber, timerOfFull) = state.withLock { state -> (Int?, Task<Void, Never>?) in
            if let number = state.open, var batch = state.batches[number] {
                batch.messages += messages
                batch.followers.append((messages.count, continuation))
                state.batches[number] = batch
                guard batch.messages.count >= bulk.maxMessages else { return (nil, nil) }
                state.open = nil
                return (nil, batch.timer)
            }
            state.lastNumber += 1
            state.batches[state.lastNumber] = Batch(messages: messages)
            if !state.isClosed, messages.count < bulk.maxMessages { state.open = state.lastNumber }
            return (state.lastNumber, nil)
        }
        timerOfFull?.cancel()
        if let newNumber { continuation.resume(returning: .leads(newNumber)) }
    }

    /// Waits until the batch is full, its time is up, or the subscription ends.
    private func waitForOthers(_ number: Int) async {
        let timer = state.withLock { state -> Task<Void, Never>? in
            guard state.open == number else { return nil }
            let timer = Task { [sleep, bulk] in
                // It is cancelled when there is nothing more to wait for.
                _ = try? await sleep(bulk.maxAwait)
            }
            state.batches[number]?.timer = timer
            return timer
        }
        guard let timer else { return }
        await withTaskCancellationHandler {
            await timer.value
        } onCancel: {
            timer.cancel()
        }
    }

    private func end(_ number: Int) -> Batch? {
        state.withLock { state in
            if state.open == number { state.open = nil }
            return state.batches.removeValue(forKey: number)
        }
    }
}
