import Synchronization

/// Gathers the messages of a bulk subscription into deliveries: brokers hand them over one at a time.
///
/// Whoever brings the first message of a batch waits for others and delivers them all. From a broker that waits for each answer none
/// come, so that every message is delivered alone after the whole wait, as with daprd.
final class BulkGatherer: Sendable {
    /// What a caller has to do.
    private enum Turn {
        /// Wait for others and deliver the batch of this number.
        case leads(Int)
        /// Nothing: its messages were delivered with others.
        case isAnswered([Acknowledgement])
    }

    private struct Batch {
        var messages: [BrokerMessage]
        /// Those who wait for the answers to messages of theirs, which stand behind the leader's in this order.
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

    /// Delivers messages, with those of other callers; gives the answers to them.
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

    /// Ends the waiting: what was gathered is delivered at once, and so is what still comes.
    func close() {
        let timers = state.withLock { state in
            state.isClosed = true
            state.open = nil
            return state.batches.values.compactMap(\.timer)
        }
        for timer in timers { timer.cancel() }
    }

    /// Puts messages into the open batch, whose leader answers; where there is none the caller leads a new one.
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

    /// Waits until a batch is full, its time is up, or the subscription ends.
    private func waitForOthers(_ number: Int) async {
        let timer = state.withLock { state -> Task<Void, Never>? in
            guard state.open == number else { return nil }
            let timer = Task { [sleep, bulk] in
                // Cancelled when there is nothing more to wait for.
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
