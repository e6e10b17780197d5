package import Dapr
package import DaprLog
package import DaprMetrics
package import Tasks

/// The task service over a Dapr state store and a Dapr topic.
///
/// Everything one owner has is a book. A write is one transaction: the commit record, whose key is taken by the first who writes it, and
/// the tasks it touches; sequences are dense. A read of one task is one state read, or its share of one. A list asks whether there is a commit after the last
/// one known, and is served from memory. After a commit its changes are published, in order; ``run()`` does that, and publishes what
/// instances that died had committed and not published.
package final class JournalTaskService: TaskService {
    let journal: JournalContext
    let shelf: BookShelf
    private let upkeep: RelayUpkeep

    /// Makes a service; it calls nothing yet.
    ///
    /// - Parameters:
    ///   - dapr: the sidecar.
    ///   - store: a state store that has ETAG and TRANSACTIONAL and rolls back (not Redis).
    ///   - pubsub: the pub/sub component that events go to.
    ///   - topic: the topic that events go to.
    ///   - configuration: how much, and how long.
    ///   - now: the time of day, for what is written.
    ///   - newID: makes identifiers; each must be new.
    ///   - clock: a clock that only goes forward, for deadlines.
    ///   - executors: what it is called on, and publishes events on.
    ///   - logger: what is told to people.
    ///   - registry: what is counted.
    package init(
        dapr: DaprClient,
        store: StateStoreName,
        pubsub: PubSubName,
        topic: TopicName,
        configuration: JournalConfiguration,
        now: @escaping @Sendable () -> Timestamp,
        newID: @escaping @Sendable () -> TaskID,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        executors: ServiceExecutors = .shared,
        logger: Logger,
        metrics registry: MetricsRegistry
    ) {
        precondition(CommitRecord.written.contains(configuration.recordFormat), "no format that servers write")
        let shelf = BookShelf(limit: configuration.viewBytes)
        let metrics = JournalMetrics(registry)
        let watch = StoreWatch(clock: clock)
        let documents = VersionedDocuments(
            dapr: dapr.with(timeout: configuration.callTimeout),
            store: store,
            watch: watch
        )
        let ages = AgeClock(documents: documents, wall: now, clock: clock)
        let turns = PublishingTurns(name: String(newID().rawValue.suffix(12)), clock: clock)
        let lease = LeaseKeeper(
            documents: documents,
            leaseTime: configuration.leaseTime,
            takeoverTime: configuration.takeoverTime,
            newInstance: { newID().rawValue },
            noteOthers: { turns.noteOthers($0) },
            clock: clock,
            logger: logger
        )
        let outbox = Outbox(lease: lease, idleTime: configuration.slotIdleTime, clock: clock)
        let publisher = EventPublisher(
            dapr: dapr.with(timeout: configuration.callTimeout),
            store: store,
            pubsub: pubsub,
            topic: topic
        )
        let relay = EventRelay(
            publisher: publisher,
            configuration: configuration,
            clock: clock,
            executor: executors.first,
            logger: logger,
            metrics: metrics,
            isAnyWaiting: { turns.isAnyWaiting },
            notePublished: { owner, sequence in
                shelf.existing(owner)?.notePublished(sequence)
                outbox.notePublished(owner, sequence)
                turns.notePublished(owner, sequence)
            }
        )
        registry.showJournal(shelf: shelf, relay: relay, outbox: outbox, now: now)
        self.shelf = shelf
        let journal = JournalContext(
            dapr: dapr,
            store: store,
            configuration: configuration,
            reads: SharedReads(
                dapr: dapr.with(timeout: configuration.callTimeout),
                store: store,
                configuration: configuration,
                watch: watch,
                executors: executors,
                metrics: metrics
            ),
            relay: relay,
            turns: turns,
            outbox: outbox,
            directory: OwnerDirectory(dapr: dapr.with(timeout: configuration.callTimeout), store: store),
            shelf: shelf,
            snapshots: SnapshotWriter(
                documents: documents,
                retention: configuration.historyRetention,
                checkpointInterval: configuration.checkpointInterval,
                ages: ages,
                newMark: { String(newID().rawValue.suffix(12)) },
                executor: executors.first,
                logger: logger,
                metrics: metrics
            ),
            watch: watch,
            ages: ages,
            now: now,
            newID: newID,
            clock: clock,
            logger: logger,
            metrics: metrics
        )
        self.journal = journal
        upkeep = RelayUpkeep(
            lease: lease,
            outbox: outbox,
            turns: turns,
            documents: documents,
            configuration: configuration,
            books: RelayUpkeep.BookCallbacks(of: shelf, journal),
            clock: clock,
            logger: logger,
            metrics: metrics
        )
    }

    /// Publishes what is committed, here or by instances that died, until it is cancelled; then what still waits, within the limit for that.
    ///
    /// Call it once.
    package func run() async {
        let upkeep = Task { await self.upkeep.run() }
        // Until what waits for its turn has had it.
        await journal.relay.run()
        upkeep.cancel()
        await upkeep.value
        // Tasks of their own: what a cancelled task calls is cancelled too.
        await Task { await self.upkeep.close() }.value
        await journal.snapshots.drain()
    }

    /// Gives the relay's lease up when nothing is left to publish.
    ///
    /// To be called as soon as the process is to end, since the sidecar may end at the same time. What is committed after that is published
    /// all the same.
    package func prepareToEnd() async { await upkeep.closeIfIdle() }

    package func perform(
        _ command: TaskCommand,
        owner: OwnerID,
        context: CommandContext
    ) async throws(TaskError) -> CommandResult {
        let book = book(of: owner)
        defer { shelf.weigh(book, of: owner) }
        return try await book.perform(command, context: context)
    }

    package func document(_ id: TaskID, owner: OwnerID, trace: String?) async throws(TaskError) -> TaskDocument {
        let key = JournalKeys(owner).task(id)
        let entry: StateEntry?
        do throws(JournalFailure) {
            entry = try await journal.reads.entry(key, trace: trace.map(TraceContext.init(known:)))
        } catch {
            throw journal.readError(error)
        }
        return try taskDocument(entry, id, key)
    }

    @inline(never)  // What is inlined takes room in the frame of the async caller, which is allocated.
    private func taskDocument(_ entry: StateEntry?, _ id: TaskID, _ key: StateKey) throws(TaskError) -> TaskDocument {
        guard let entry else { throw .notFound(id) }
        return try TaskDocument(stored: entry.value, key: key.rawValue)
    }

    package func list(_ query: TaskQuery, owner: OwnerID, trace: String?) async throws(TaskError) -> TaskPage {
        let book = book(of: owner)
        defer { shelf.weigh(book, of: owner) }
        return try await book.look(trace: trace) { book throws(TaskError) in try book.page(query) }
    }

    func book(of owner: OwnerID) -> OwnerBook {
        shelf.book(of: owner) { OwnerBook(owner: owner, journal: journal) }
    }
}
