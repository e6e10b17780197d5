import DaprSidecar
import DaprText
import Synchronization
import TestTools

/// A broker that delivers what a test says, and remembers what is asked of it.
final class SpyBroker: Broker {
    private struct State {
        var messages: [BrokerMessage] = []
        var bulks: [[String]] = []
        var subscriptions: [String: SpySubscription] = [:]
    }

    let capabilities = ["BULK_PUBSUB"]
    /// What its type found when it was opened.
    let opened = Mutex<[String?]>([])
    /// A topic that takes no messages any more, beside "forbidden".
    let refuses = Mutex<String?>(nil)
    let isClosed = Mutex(false)
    private let state = Mutex(State())
    private let gate = Gate(isOpen: true)

    /// What was published, one by one.
    var messages: [BrokerMessage] { state.withLock { $0.messages } }
    /// The bodies of each bulk.
    var bulks: [[String]] { state.withLock { $0.bulks } }

    func subscription(_ topic: String) -> SpySubscription? { state.withLock { $0.subscriptions[topic] } }

    func untilSubscribed(_ topic: String) async -> SpySubscription? {
        let deadline = ContinuousClock.now + .seconds(10)
        while subscription(topic) == nil, ContinuousClock.now < deadline { await Task.yield() }
        return subscription(topic)
    }

    func publish(_ message: BrokerMessage) async throws(BrokerError) {
        try refuse(message.topic)
        await gate.pass()
        state.withLock { $0.messages.append(message) }
    }

    /// Takes all but the second message, and says nothing of the third.
    func publishBulk(
        _ messages: [BrokerMessage],
        report: @escaping @Sendable (_ index: Int, _ result: Result<Void, BrokerError>) -> Void
    ) async {
        let texts = messages.map { String(decoding: $0.data, as: UTF8.self) }
        state.withLock { $0.bulks.append(texts) }
        report(1, .failure(.refused("the partition of \(texts[1]) is full")))
        report(0, .success(()))
    }

    func subscribe(
        _ topic: String,
        metadata: [ExactText: String],
        deliver: @escaping @Sendable (BrokerMessage) async -> Acknowledgement
    ) async throws(BrokerError) -> any BrokerSubscription {
        try refuse(topic)
        let subscription = SpySubscription(metadata: metadata, deliver: deliver)
        state.withLock { $0.subscriptions[topic] = subscription }
        return subscription
    }

    func close() async { isClosed.withLock { $0 = true } }

    /// Has publishers wait until ``release()``.
    func hold() { gate.close() }

    func untilHeld() async {
        while gate.count == 0 { await Task.yield() }
    }

    func release() { gate.open() }

    private func refuse(_ topic: String) throws(BrokerError) {
        if topic == "forbidden" || topic == refuses.withLock({ $0 }) { throw .refused("\(topic) is not for you") }
    }
}

/// A subscription whose messages a test delivers by itself.
final class SpySubscription: BrokerSubscription {
    let metadata: [ExactText: String]
    let deliver: @Sendable (BrokerMessage) async -> Acknowledgement
    private let log = Mutex<[String]>([])
    private let (end, source) = AsyncStream<Never>.makeStream()

    init(metadata: [ExactText: String], deliver: @escaping @Sendable (BrokerMessage) async -> Acknowledgement) {
        self.metadata = metadata
        self.deliver = deliver
    }

    var isClosed: Bool { log.withLock { $0.contains("closed") } }

    func run() async {
        for await _ in end {}
    }

    func setPaused(_ isPaused: Bool) { log.withLock { $0.append(isPaused ? "paused" : "resumed") } }

    func close() {
        log.withLock { $0.append("closed") }
        source.finish()
    }

    /// Waits until the last that it was told is this.
    func until(_ word: String) async {
        let deadline = ContinuousClock.now + .seconds(10)
        while log.withLock({ $0.last }) != word, ContinuousClock.now < deadline { await Task.yield() }
    }
}

/// A secret store with one secret, until it is sealed.
final class SpySecretStore: SecretStore {
    let capabilities: [String] = []
    let isSealed = Mutex(false)
    let isClosed = Mutex(false)

    func secret(_ name: String) async throws(SecretStoreError) -> [ExactText: String]? {
        try await all()[ExactText(name)]
    }

    func all() async throws(SecretStoreError) -> [ExactText: [ExactText: String]] {
        if isSealed.withLock({ $0 }) { throw .unavailable("the vault is sealed") }
        return [ExactText("db"): [ExactText("password"): "s3cret"]]
    }

    func close() async { isClosed.withLock { $0 = true } }
}
