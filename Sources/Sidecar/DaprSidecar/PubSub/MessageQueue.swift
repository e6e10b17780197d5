import Synchronization

/// A queue of messages for one subscription, with one consumer that takes one at a time.
///
/// A publisher waits until the consumer takes its message, and the consumer takes none before it has finished the last
/// one. daprd's in-memory broker does the same: it blocks the publisher while the subscriber is busy, and a subscriber
/// that waits for a message it publishes to its own topic waits for ever.
final class MessageQueue: Sendable {
    /// What happened to a pushed message.
    enum Admission: Equatable, Sendable {
        /// The consumer has it.
        case accepted
        /// The queue is full with this many waiting messages.
        case full(limit: Int)
        /// Deliveries are off, and the message is lost, as in daprd's in-memory broker.
        case lost
    }

    /// A message whose publisher is waiting for its turn.
    private struct Waiting {
        let message: BrokerMessage
        let publisher: CheckedContinuation<Admission, Never>
    }

    private struct State {
        /// The next message; its publisher no longer waits.
        var next: BrokerMessage?
        /// Whether the consumer has a message it has not finished.
        var isBusy = false
        /// The messages that have waited longest, in reverse order: removing the oldest moves none of the others.
        private var front: [Waiting] = []
        /// The messages that came later, in order.
        private var back: [Waiting] = []
        private(set) var bytes = 0
        var isPaused = false
        var isClosed = false
        var consumer: CheckedContinuation<Void, Never>?

        var count: Int { front.count + back.count }

        mutating func takeConsumer() -> CheckedContinuation<Void, Never>? {
            defer { consumer = nil }
            return consumer
        }

        mutating func append(_ waiting: Waiting) {
            back.append(waiting)
            bytes += waiting.message.data.count
        }

        mutating func removeFirst() -> Waiting? {
            if front.isEmpty {
                swap(&front, &back)
                front.reverse()
            }
            guard let waiting = front.popLast() else { return nil }
            bytes -= waiting.message.data.count
            return waiting
        }

        /// Discards everything; returns the publishers that must be told.
        mutating func removeAll() -> [Waiting] {
            defer {
                next = nil
                front = []
                back = []
                bytes = 0
            }
            return front.reversed() + back
        }
    }

    /// The most messages that may wait.
    static let messageLimit = 100_000
    /// The most bytes that waiting messages may have together.
    static let byteLimit = 256 << 20

    private let state = Mutex(State())

    /// How many messages are waiting for the consumer.
    var waiting: Int { state.withLock { $0.count } }

    /// Adds a message and waits until the consumer takes it.
    ///
    /// Cancelling does not end the wait: a published message is delivered even when nobody waits for the answer any
    /// more.
    func push(_ message: BrokerMessage) async -> Admission {
        await withCheckedContinuation { publisher in
            let (admission, consumer) = state.withLock {
                state -> (Admission?, CheckedContinuation<Void, Never>?) in
                if state.isClosed || state.isPaused { return (.lost, nil) }
                if !state.isBusy, state.next == nil {
                    state.next = message
                    return (.accepted, state.takeConsumer())
                }
                guard state.count < Self.messageLimit, state.bytes + message.data.count <= Self.byteLimit else {
                    return (.full(limit: state.count), nil)
                }
                state.append(Waiting(message: message, publisher: publisher))
                return (nil, nil)
            }
            consumer?.resume()
            if let admission { publisher.resume(returning: admission) }
        }
    }

    /// Finishes the last message and waits for the next one; `nil` at the end.
    func next() async -> BrokerMessage? {
        while true {
            if let message = take() { return message }
            if state.withLock({ $0.isClosed }) { return nil }
            await wait()
        }
    }

    /// Turns deliveries off, which discards all waiting messages, or on again.
    func setPaused(_ isPaused: Bool) {
        let lost = state.withLock { state in
            state.isPaused = isPaused
            return isPaused ? state.removeAll() : []
        }
        for waiting in lost { waiting.publisher.resume(returning: .lost) }
    }

    /// Discards all waiting messages and ends the consumer.
    func close() {
        let (lost, consumer) = state.withLock { state in
            state.isClosed = true
            return (state.removeAll(), state.takeConsumer())
        }
        consumer?.resume()
        for waiting in lost { waiting.publisher.resume(returning: .lost) }
    }

    /// The next message, if there is one; otherwise the consumer becomes idle.
    private func take() -> BrokerMessage? {
        let (message, publisher) = state.withLock {
            state -> (BrokerMessage?, CheckedContinuation<Admission, Never>?) in
            state.isBusy = true
            if let message = state.next {
                state.next = nil
                return (message, nil)
            }
            if let waiting = state.removeFirst() { return (waiting.message, waiting.publisher) }
            state.isBusy = false
            return (nil, nil)
        }
        publisher?.resume(returning: .accepted)
        return message
    }

    /// Waits for the next message or the end.
    private func wait() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.isClosed || state.next != nil { return true }
                state.consumer = continuation
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}
