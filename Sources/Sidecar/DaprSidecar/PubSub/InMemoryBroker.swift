import DaprText
import Synchronization

/// `pubsub.in-memory`: topics within one process.
///
/// A message without a subscriber is lost, and nothing is delivered twice.
final class InMemoryBroker: Broker {
    private struct Subscriber {
        let topic: String
        let queue: MessageQueue

        /// Whether the subscription matches `topic`: one that ends in `*` matches every topic with that beginning.
        func takes(_ topic: String) -> Bool {
            self.topic.utf8.last == UInt8(ascii: "*")
                ? topic.utf8.starts(with: self.topic.utf8.dropLast()) : topic.utf8.elementsEqual(self.topic.utf8)
        }
    }

    private let subscribers = Mutex<[Subscriber]>([])

    let capabilities = ["SUBSCRIBE_WILDCARDS"]

    /// How many publishers are waiting for a subscriber.
    var waiting: Int { subscribers.withLock { $0 }.reduce(0) { $0 + $1.queue.waiting } }

    func subscribe(
        _ topic: String,
        metadata: [ExactText: String],
        deliver: @escaping @Sendable (BrokerMessage) async -> Acknowledgement
    ) async throws(BrokerError) -> any BrokerSubscription {
        let queue = MessageQueue()
        subscribe(topic, queue)
        return InMemorySubscription(queue: queue, deliver: deliver)
    }

    /// Adds a subscription; each gets every message of its topic.
    func subscribe(_ topic: String, _ queue: MessageQueue) {
        subscribers.withLock { $0.append(Subscriber(topic: topic, queue: queue)) }
    }

    /// Hands a message to every subscription of its topic, one after another, and waits until each accepts it.
    ///
    /// - Throws: ``BrokerError/queueFull(limit:)`` when a subscriber is so far behind that no more publishers may wait.
    func publish(_ message: BrokerMessage) async throws(BrokerError) {
        let takers = subscribers.withLock { $0.filter { $0.takes(message.topic) } }
        var fullAt: Int?
        for taker in takers {
            if case .full(let limit) = await taker.queue.push(message) { fullAt = limit }
        }
        if let fullAt { throw .queueFull(limit: fullAt) }
    }

    /// Ends all subscriptions.
    func close() async {
        let ended = subscribers.withLock { subscribers in
            defer { subscribers = [] }
            return subscribers
        }
        for subscriber in ended { subscriber.queue.close() }
    }
}

/// Delivers one message at a time, and never again whatever the answer.
private struct InMemorySubscription: BrokerSubscription {
    let queue: MessageQueue
    let deliver: @Sendable (BrokerMessage) async -> Acknowledgement

    func run() async {
        while let message = await queue.next() { _ = await deliver(message) }
    }

    func setPaused(_ isPaused: Bool) { queue.setPaused(isPaused) }
    func close() { queue.close() }
}

extension PubSubType {
    /// `pubsub.in-memory`.
    package static var inMemory: PubSubType {
        PubSubType(type: "pubsub.in-memory") { _, _ throws(ComponentError) in InMemoryBroker() }
    }
}
