package import Dapr
package import Log
package import Metrics
package import Tasks

/// Keeps what came to the dead letter topics: each event a document `deadletter:{id}`, and an index of them, `deadletters`.
///
/// Whoever adds or takes out writes the index with it, in one transaction under the index's ETag; so the two always agree. It is bounded: when
/// it is full the oldest makes room, and a counter tells.
package struct DeadLetterStore: Sendable {
    /// How many dead letters are kept.
    package static let limit = 1000
    /// How many bytes of documents one transaction takes, or the one document that is longer: a sidecar takes 4 MiB.
    ///
    /// The longest document is an event of ``DeadLetter/eventLimit`` of which each byte takes six.
    static let batchBytes = 3 << 20
    private static let attempts = 8
    static let indexKey: StateKey = "deadletters"

    let dapr: DaprClient
    let store: StoreName
    private let limit: Int
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let kept: Counter
    private let dropped: CounterChild

    /// Makes a store; it calls nothing yet.
    ///
    /// - Parameters:
    ///   - dapr: the sidecar, with the time that one call may take.
    ///   - store: a state store that has ETAG and TRANSACTIONAL.
    ///   - limit: how many are kept.
    ///   - now: the time of day.
    ///   - logger: what is told to people.
    ///   - registry: what is counted.
    package init(
        dapr: DaprClient,
        store: StoreName,
        limit: Int = DeadLetterStore.limit,
        now: @escaping @Sendable () -> Timestamp,
        logger: Logger,
        metrics registry: MetricsRegistry
    ) {
        self.dapr = dapr
        self.store = store
        self.limit = max(1, limit)
        self.now = now
        self.logger = logger
        kept = registry.counter(
            "task_dead_letters_kept_total",
            help: "Events that came to a dead letter topic and are kept, by whether they were there already.",
            labels: ["outcome"]
        )
        dropped = registry.counter(
            "task_dead_letters_dropped_total",
            help: "Dead letters that made room for newer ones."
        ).child()
    }

    /// Keeps events that came to the dead letter topic of a topic; one that is there already is kept once.
    package func keep(_ events: [CloudEvent], of topic: TopicName) async throws(DeadLetterError) {
        let time = now()
        var rest = events.map { DeadLetter($0, of: topic, at: time) }[...]
        while !rest.isEmpty {
            var batch: [DeadLetter] = []
            var bytes = 0
            while let letter = rest.first, batch.count < 100 {
                bytes += letter.encoded().count
                guard batch.isEmpty || bytes <= DeadLetterStore.batchBytes else { break }
                batch.append(letter)
                rest.removeFirst()
            }
            try await keep(batch)
        }
    }

    /// Keeps events as ``keep(_:of:)`` does, and says whether it could; why not is logged.
    package func keeps(_ events: [CloudEvent], of topic: TopicName) async -> Bool {
        do throws(DeadLetterError) {
            try await keep(events, of: topic)
            return true
        } catch {
            logger.error("Dead letters could not be kept and come again", ["error": .string("\(error)")])
            return false
        }
    }

    /// How many were taken out to make room, ever, and the names of those there are, the oldest first.
    package func index() async throws(DeadLetterError) -> (ids: [String], dropped: Int) {
        let index = try await readIndex().index
        return (index.ids, index.dropped)
    }

    /// One dead letter.
    /// - Throws: ``DeadLetterError/unknown(_:)`` when there is none of this name.
    package func letter(_ id: String) async throws(DeadLetterError) -> DeadLetter {
        guard let letter = try await letters([id]).first else { throw .unknown(id) }
        return letter
    }

    /// The dead letters of these names that there are, in this order.
    package func letters(_ ids: [String]) async throws(DeadLetterError) -> [DeadLetter] {
        let found: [StateKey: StateEntry]
        do throws(DaprError) {
            // Each may be long, and the sidecar's answer must not be.
            found = try await dapr.entries(store, ids.map(Self.key), keysPerCall: 8)
        } catch {
            throw .sidecar(error)
        }
        var letters: [DeadLetter] = []
        for key in ids.map(Self.key) {
            if let entry = found[key] { letters.append(try DeadLetter(decoding: entry.value, key: key.rawValue)) }
        }
        return letters
    }

    /// Takes a dead letter out.
    ///
    /// - Parameters:
    ///   - id: its name.
    ///   - arrivals: how often it may have come; when it came again since, it stays. Nil takes it out in any case.
    /// - Returns: whether it is gone.
    /// - Throws: ``DeadLetterError/contended`` when others were faster each time, ``DeadLetterError/sidecar(_:)``.
    @discardableResult
    package func remove(_ id: String, unlessCameAfter arrivals: Int? = nil) async throws(DeadLetterError) -> Bool {
        for _ in 0..<DeadLetterStore.attempts {
            var (index, etag) = try await readIndex()
            if let arrivals, let letter = try await letters([id]).first, letter.arrivals > arrivals { return false }
            guard index.ids.contains(id) else { return true }
            index.remove(id)
            if try await commit([.delete(Self.key(id))], index, over: etag) { return true }
        }
        throw .contended
    }

    // MARK: - Below

    static func key(_ id: String) -> StateKey { StateKey("deadletter:\(id)") }

    private func keep(_ batch: [DeadLetter]) async throws(DeadLetterError) {
        for _ in 0..<DeadLetterStore.attempts {
            var (index, etag) = try await readIndex()
            let known = Set(index.ids)
            var letters: [String: DeadLetter] = [:]
            for letter in try await self.letters(batch.map(\.id).filter(known.contains)) { letters[letter.id] = letter }
            var order: [String] = []
            var outcomes: [String] = []
            for letter in batch {
                if !order.contains(letter.id) { order.append(letter.id) }
                outcomes.append(letters[letter.id] == nil ? "new" : "again")
                if letters[letter.id] == nil {
                    letters[letter.id] = letter
                } else {
                    letters[letter.id]?.came(again: letter)
                }
            }
            let out = index.add(order, limit: limit)
            let removed = Set(out)
            var operations: [StateOperation] = order.filter { !removed.contains($0) }.compactMap { id in
                letters[id].map { .upsert(StateItem(key: Self.key(id), value: $0.encoded())) }
            }
            operations += out.map { .delete(Self.key($0)) }
            guard try await commit(operations, index, over: etag) else { continue }
            for outcome in outcomes { kept.increment(outcome) }
            if !out.isEmpty {
                dropped.increment(by: out.count)
                logger.error("The oldest dead letters made room for new ones", ["dropped": .int(out.count)])
            }
            return
        }
        throw .contended
    }

    private func readIndex() async throws(DeadLetterError) -> (index: DeadLetterIndex, etag: ETag?) {
        let entry: StateEntry?
        do throws(DaprError) {
            entry = try await dapr.state(store, Self.indexKey, consistency: .strong)
        } catch {
            throw .sidecar(error)
        }
        guard let entry else { return (DeadLetterIndex(), nil) }
        return (try DeadLetterIndex(decoding: entry.value, key: Self.indexKey.rawValue), entry.etag)
    }

    /// Writes what changes together with the index that was read before.
    /// - Returns: false when it must be read again: another was faster, or nobody knows what came of it.
    private func commit(
        _ operations: [StateOperation],
        _ index: DeadLetterIndex,
        over etag: ETag?
    ) async throws(DeadLetterError) -> Bool {
        let item = StateItem(key: Self.indexKey, value: index.encoded(), etag: etag, concurrency: .firstWrite)
        do throws(DaprError) {
            try await dapr.transact(store, [.upsert(item)] + operations)
            return true
        } catch {
            switch error.kind {
            case .conflict, .alreadyExists, .outcomeUnknown: return false
            case .notFound, .notConfigured, .refused, .unreachable, .timedOut, .cancelled, .invalidArgument,
                .unreadableAnswer:
                throw .sidecar(error)
            }
        }
    }
}
