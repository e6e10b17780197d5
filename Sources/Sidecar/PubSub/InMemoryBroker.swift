import Synchronization

/// `pubsub.in-memory`: topics within one process.
///
/// What nobody subscribes to is lost, and nothing is delivered twice.
final class InMemoryBroker: Sendable {
    private struct Subscriber {
        let topic: String
        let queue: MessageQueue

        /// A topic that ends in `*` takes every topic with that beginning.
        func takes(_ topic: String) -> Bool {
            self.topic.utf8.last == UInt8(ascii: "*")
                ? topic.utf8.starts(with: self.topic.utf8.dropLast()) : topic.utf8.elementsEqual(self.topic.utf8)
        }
    }

    private let subscribers = Mutex<[Subscriber]>([])

    static let capabilities = ["SUBSCRIBE_WILDCARDS"]

    /// Adds a subscription; each is served for itself.
    func subscribe(_ topic: String, _ queue: MessageQueue) {
        subscribers.withLock { $0.append(Subscriber(topic: topic, queue: queue)) }
    }

    /// Hands a message to every subscription of its topic, one after another, and waits until each takes it.
    ///
    /// - Throws: ``BrokerError/queueFull(limit:)`` when a subscriber is so far behind that no more may wait.
    func publish(_ message: BrokerMessage) async throws(BrokerError) {
        let takers = subscribers.withLock { $0.filter { $0.takes(message.topic) } }
        var fullAt: Int?
        for taker in takers {
            if case .full(let limit) = await taker.queue.push(message) { fullAt = limit }
        }
        if let fullAt { throw .queueFull(limit: fullAt) }
    }

    /// Ends all subscriptions.
    func close() {
        let ended = subscribers.withLock { subscribers in
            defer { subscribers = [] }
            return subscribers
        }
        for subscriber in ended { subscriber.queue.close() }
    }
}

/// Why a broker did not take a message.
enum BrokerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Too many messages wait for a subscriber.
    case queueFull(limit: Int)

    var description: String {
        switch self {
        case .queueFull(let limit): "\(limit) messages already wait for a subscriber of this topic; try again later"
        }
    }
}
