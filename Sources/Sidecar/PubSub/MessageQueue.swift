import Synchronization

/// The messages that wait for one subscription; one consumer.
final class MessageQueue: Sendable {
    /// What became of a message that was put in.
    enum Admission: Equatable, Sendable {
        case accepted
        /// So many wait already.
        case full(limit: Int)
        /// Deliveries are off; the message is lost, as in daprd's in-memory broker.
        case lost
    }

    private struct State {
        /// The oldest messages, the very oldest last: taking one then moves none of the others.
        private var front: [BrokerMessage] = []
        /// Those that came after them, in order.
        private var back: [BrokerMessage] = []
        private(set) var bytes = 0
        var isPaused = false
        var isClosed = false
        var wanted = 1
        var waiter: CheckedContinuation<Void, Never>?
        /// Counts the waits that have an end, so that a timer which comes too late ends no other.
        var timedWaits = 0
        /// Whether the time of the present wait is up.
        var isTimeUp = false

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            defer { waiter = nil }
            return waiter
        }

        var count: Int { front.count + back.count }

        mutating func append(_ message: BrokerMessage) {
            back.append(message)
            bytes += message.data.count
        }

        mutating func removeFirst() -> BrokerMessage? {
            if front.isEmpty {
                swap(&front, &back)
                front.reverse()
            }
            guard let message = front.popLast() else { return nil }
            bytes -= message.data.count
            return message
        }

        mutating func removeAll() {
            front = []
            back = []
            bytes = 0
        }
    }

    /// How many messages may wait.
    static let messageLimit = 100_000
    /// How many bytes they may have together.
    static let byteLimit = 256 << 20

    private let state = Mutex(State())

    /// Puts a message in.
    func push(_ message: BrokerMessage) -> Admission {
        let (admission, waiter) = state.withLock { state -> (Admission, CheckedContinuation<Void, Never>?) in
            if state.isClosed || state.isPaused { return (.lost, nil) }
            guard state.count < Self.messageLimit, state.bytes + message.data.count <= Self.byteLimit else {
                return (.full(limit: state.count), nil)
            }
            state.append(message)
            return (.accepted, state.count >= state.wanted ? state.takeWaiter() : nil)
        }
        waiter?.resume()
        return admission
    }

    /// Whether no message comes any more.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Waits for a message and takes all that wait, up to a limit; none at the end.
    func next(upTo limit: Int) async -> [BrokerMessage] {
        await wait(for: 1)
        return take(upTo: limit)
    }

    /// Waits for a message, then until so many wait or the time has passed since the first was seen; none at the end.
    func gather(
        upTo limit: Int,
        within time: Duration,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void
    ) async -> [BrokerMessage] {
        await wait(for: 1)
        await wait(for: limit, within: time, sleep: sleep)
        return take(upTo: limit)
    }

    /// Waits for a message no longer than this and takes all that wait, up to a limit; none when the time is up or at the end.
    func next(
        upTo limit: Int,
        within time: Duration,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void
    ) async -> [BrokerMessage] {
        await wait(for: 1, within: time, sleep: sleep)
        return take(upTo: limit)
    }

    /// Turns deliveries off, which loses what waits, or on again.
    func setPaused(_ isPaused: Bool) {
        state.withLock { state in
            state.isPaused = isPaused
            if isPaused { state.removeAll() }
        }
    }

    /// Loses what waits and ends the consumer.
    func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            state.removeAll()
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    private func wait(for count: Int) async {
        await withCheckedContinuation { continuation in
            let isEnough = state.withLock { state in
                if state.isClosed || state.isTimeUp || state.count >= count { return true }
                state.wanted = count
                state.waiter = continuation
                return false
            }
            if isEnough { continuation.resume() }
        }
    }

    private func wait(
        for count: Int,
        within time: Duration,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void
    ) async {
        let number = state.withLock { state in
            state.timedWaits += 1
            return state.timedWaits
        }
        let timer = Task {
            do throws(CancellationError) {
                try await sleep(time)
                self.endWait(number)
            } catch {
                return
            }
        }
        await wait(for: count)
        timer.cancel()
        state.withLock { state in
            state.timedWaits += 1
            state.isTimeUp = false
        }
    }

    /// Ends a wait whose time is up, if it lasts.
    private func endWait(_ number: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.timedWaits == number else { return nil }
            state.isTimeUp = true
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    private func take(upTo limit: Int) -> [BrokerMessage] {
        state.withLock { state in
            var taken: [BrokerMessage] = []
            while taken.count < limit, let message = state.removeFirst() { taken.append(message) }
            return taken
        }
    }
}
