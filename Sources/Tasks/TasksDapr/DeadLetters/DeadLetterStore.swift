package import Dapr
package import DaprLog
package import DaprMetrics
internal import ServiceMetrics
package import Tasks

/// Keeps the events of the dead letter topics: each as a document `deadletter:{id}`, with an index of them all,
/// `deadletters`.
///
/// Every addition and removal writes the index in the same transaction, under the index's ETag, so the two always
/// agree. The store is bounded: when it is full the oldest letter makes room, and a metric counts it.
package struct DeadLetterStore: Sendable {
    /// The most dead letters that are kept.
    package static let limit = 1000
    /// The most bytes of documents in one transaction, unless a single document is longer: the longest holds
    /// ``DeadLetter/eventLimit`` bytes of an event, every one escaped.
    static let batchBytes = CallBounds.escapedBytes
    static let indexKey: StateKey = "deadletters"

    private let documents: VersionedDocuments
    private let limit: Int
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let keptNew: CounterChild
    private let keptAgain: CounterChild
    private let dropped: CounterChild

    var dapr: DaprClient { documents.dapr }

    /// Creates a store; makes no call yet.
    ///
    /// - Parameters:
    ///   - dapr: The sidecar, with the time limit of one call.
    ///   - store: A state store with the features ETAG and TRANSACTIONAL.
    ///   - limit: The most dead letters that are kept.
    ///   - now: The time of day.
    ///   - watch: Is told of the calls to the store.
    ///   - logger: Receives messages for people.
    ///   - registry: Receives the metrics.
    package init(
        dapr: DaprClient,
        store: StateStoreName,
        limit: Int = DeadLetterStore.limit,
        now: @escaping @Sendable () -> Timestamp,
        watch: StoreWatch?,
        logger: Logger,
        metrics registry: MetricsRegistry
    ) {
        documents = VersionedDocuments(dapr: dapr, store: store, watch: watch)
        self.limit = max(1, limit)
        self.now = now
        self.logger = logger
        // From the start, at 0: what begins at 1 has never risen, and an alert on the first would not fire.
        let kept = registry.counter(.deadLettersKept)
        keptNew = kept.child("new")
        keptAgain = kept.child("again")
        dropped = registry.counter(.deadLettersDropped).child()
    }

    /// Keeps events that came to the dead letter topic of `topic`; a repeated event is kept once.
    package func keep(_ events: [CloudEvent], of topic: TopicName) async throws(DeadLetterError) {
        let time = now()
        var rest = events.map { DeadLetter($0, of: topic, at: time) }[...]
        while !rest.isEmpty {
            var batch: [DeadLetter] = []
            var bytes = 0
            while let letter = rest.first, batch.count < CallBounds.events {
                bytes += letter.encoded().count
                guard batch.isEmpty || bytes <= DeadLetterStore.batchBytes else { break }
                batch.append(letter)
                rest.removeFirst()
            }
            try await keep(batch)
        }
    }

    /// Keeps events as ``keep(_:of:)`` does, and returns whether that succeeded; a failure is logged.
    package func keeps(_ events: [CloudEvent], of topic: TopicName) async -> Bool {
        do throws(DeadLetterError) {
            try await keep(events, of: topic)
            return true
        } catch {
            logger.error("Dead letters could not be kept and come again", ["error": .string("\(error)")])
            return false
        }
    }

    /// The identifiers of the dead letters, oldest first, and the number that ever had to make room.
    package func index() async throws(DeadLetterError) -> (ids: [String], dropped: Int) {
        let index = try Self.index(
            try await failing(as: DeadLetterError.init, await documents.read(Self.indexKey))?.value
        )
        return (index.ids, index.dropped)
    }

    /// Reads one dead letter.
    /// - Throws: ``DeadLetterError/unknown(_:)`` when there is none with this identifier.
    package func letter(_ id: String) async throws(DeadLetterError) -> DeadLetter {
        guard let letter = try await letters([id]).first else { throw .unknown(id) }
        return letter
    }

    /// Reads the dead letters with these identifiers, in this order; missing ones are left out.
    package func letters(_ ids: [String]) async throws(DeadLetterError) -> [DeadLetter] {
        // Each document may be long, and the sidecar limits the length of an answer.
        let found = try await failing(
            as: DeadLetterError.init,
            await dapr.entries(documents.store, ids.map(Self.key), keysPerCall: 8)
        )
        var letters: [DeadLetter] = []
        for key in ids.map(Self.key) {
            if let entry = found[key] { letters.append(try DeadLetter(decoding: entry.value, key: key.rawValue)) }
        }
        return letters
    }

    /// Removes a dead letter.
    ///
    /// - Parameters:
    ///   - id: Its identifier.
    ///   - arrivals: How often it may have come; if it has come more often, it stays. `nil` removes it in any case.
    /// - Returns: Whether it is gone.
    /// - Throws: ``DeadLetterError/contended`` when others were faster each time, or ``DeadLetterError/sidecar(_:)``.
    @discardableResult
    package func remove(_ id: String, unlessCameAfter arrivals: Int? = nil) async throws(DeadLetterError) -> Bool {
        var cameAgain = false
        try await updateIndex { index throws(DeadLetterError) in
            if let arrivals, let letter = try await letters([id]).first, letter.arrivals > arrivals {
                cameAgain = true
                return nil
            }
            guard index.ids.contains(id) else { return nil }
            index.remove(id)
            return [.delete(Self.key(id))]
        }
        return !cameAgain
    }

    // MARK: - Below

    static func key(_ id: String) -> StateKey { StateKey("deadletter:\(id)") }

    private func keep(_ batch: [DeadLetter]) async throws(DeadLetterError) {
        var outcomes: [CounterChild] = []
        var out: [String] = []
        try await updateIndex { index throws(DeadLetterError) in
            let known = Set(index.ids)
            var letters: [String: DeadLetter] = [:]
            for letter in try await self.letters(batch.map(\.id).filter(known.contains)) { letters[letter.id] = letter }
            var order: [String] = []
            outcomes = []
            for letter in batch {
                if !order.contains(letter.id) { order.append(letter.id) }
                outcomes.append(letters[letter.id] == nil ? keptNew : keptAgain)
                if letters[letter.id] == nil {
                    letters[letter.id] = letter
                } else {
                    letters[letter.id]?.came(again: letter)
                }
            }
            out = index.add(order, limit: limit)
            let removed = Set(out)
            var operations: [StateOperation] = order.filter { !removed.contains($0) }.compactMap { id in
                letters[id].map { .upsert(StateItem(Self.key(id), json: $0.encoded())) }
            }
            operations += out.map { .delete(Self.key($0)) }
            return operations
        }
        for outcome in outcomes { outcome.increment() }
        if out.isEmpty { return }
        dropped.increment(by: out.count)
        logger.error("The oldest dead letters made room for new ones", ["dropped": .int(out.count)])
    }

    /// Changes the index together with its letters; `change` runs again when another writer was faster.
    private func updateIndex(
        _ change: (inout DeadLetterIndex) async throws(DeadLetterError) -> [StateOperation]?
    ) async throws(DeadLetterError) {
        try await documents.update(
            Self.indexKey,
            failing: DeadLetterError.init,
            alongside: { bytes throws(DeadLetterError) in
                var index = try Self.index(bytes)
                return try await change(&index).map { (index.encoded(), $0) }
            }
        )
    }

    private static func index(_ bytes: [UInt8]?) throws(DeadLetterError) -> DeadLetterIndex {
        guard let bytes else { return DeadLetterIndex() }
        return try DeadLetterIndex(decoding: bytes, key: indexKey.rawValue)
    }
}
