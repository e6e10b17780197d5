package import Dapr
package import DaprLog
package import DaprMetrics
package import OpenTelemetry
package import Tasks

/// The task service over a Dapr state store and a Dapr topic.
///
/// The data of one owner is a book. A write is one transaction: the commit record, whose key goes to the first writer,
/// and the tasks that the commit touches. Sequences are dense. Reading one task is one state read, or a share of one. A
/// list asks for a commit after the last known one and is then served from memory. ``run()`` publishes the changes of
/// each commit, in order, and the changes that instances committed but did not publish before they died.
package final class JournalTaskService: TaskService {
    let journal: JournalContext
    let shelf: BookShelf
    private let upkeep: RelayUpkeep

    /// Creates a service; makes no call yet.
    ///
    /// - Parameters:
    ///   - dapr: The sidecar.
    ///   - store: A state store with the features ETAG and TRANSACTIONAL that rolls back (not Redis).
    ///   - pubsub: The pub/sub component for the events.
    ///   - topic: The topic for the events.
    ///   - configuration: The limits and durations.
    ///   - now: The time of day, for stored documents.
    ///   - newID: Creates identifiers; each must be new.
    ///   - clock: A monotonic clock, for deadlines.
    ///   - executors: The loops on which the service is called and publishes events.
    ///   - watch: The watch that others report their calls to the store to; by default one of its own.
    ///   - logger: Receives messages for people.
    ///   - registry: Receives the metrics.
    ///   - tracer: Records the spans of commits and of publishing; `nil` when none are exported.
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
        watch: StoreWatch? = nil,
        logger: Logger,
        metrics registry: MetricsRegistry,
        tracer: Tracer? = nil
    ) {
        precondition(CommitRecord.written.contains(configuration.recordFormat), "no format that servers write")
        let shelf = BookShelf(limit: configuration.viewBytes, metrics: ShelfMetrics(registry))
        let metrics = JournalMetrics(registry)
        let watch = watch ?? StoreWatch(clock: clock)
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
            topic: topic,
            watch: watch,
            tracer: tracer
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
            directory: OwnerDirectory(dapr: dapr.with(timeout: configuration.callTimeout), store: store, watch: watch),
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
            metrics: metrics,
            tracer: tracer
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

    /// Publishes committed changes, of this instance and of those that died, until cancelled; then publishes the events
    /// that still wait, for at most ``JournalConfiguration/drainTime``.
    ///
    /// Call it once.
    package func run() async {
        let upkeep = Task { await self.upkeep.run() }
        // Upkeep goes on until the relay is done, because events that wait for their turn depend on it.
        await journal.relay.run()
        upkeep.cancel()
        await upkeep.value
        // A separate task, because calls of a cancelled task are cancelled too.
        await Task { await self.upkeep.close() }.value
        await journal.snapshots.drain()
    }

    /// Gives up the relay's lease if nothing is left to publish.
    ///
    /// Call it as soon as the process is about to end, because the sidecar may end at the same time. Later commits are
    /// published all the same.
    package func prepareToEnd() async { await upkeep.closeIfIdle() }

    package func carryOut(
        _ command: TaskCommand,
        owner: OwnerID,
        context: CommandContext
    ) async throws(TaskError) -> CommandResult {
        let book = book(of: owner)
        defer { shelf.weigh(book, of: owner) }
        return try await book.perform(command, context: context)
    }

    package func document(_ id: TaskID, owner: OwnerID, trace: CallerTrace?) async throws(TaskError) -> TaskDocument {
        let key = JournalKeys(owner).task(id)
        let entry: StateEntry?
        do throws(JournalFailure) {
            entry = try await journal.reads.entry(key, trace: trace.map(TraceContext.init(_:)))
        } catch {
            throw journal.readError(error)
        }
        return try taskDocument(entry, id, key)
    }

    @inline(never)  // Inlined code takes room in the frame of the async caller, which is allocated.
    private func taskDocument(_ entry: StateEntry?, _ id: TaskID, _ key: StateKey) throws(TaskError) -> TaskDocument {
        guard let entry else { throw .notFound(id) }
        return try TaskDocument(stored: entry.value, key: key.rawValue)
    }

    package func look<Value: Sendable>(
        at owner: OwnerID,
        trace: CallerTrace?,
        _ look: (Book, _ revision: String) throws(TaskError) -> Value
    ) async throws(TaskError) -> Value {
        let book = book(of: owner)
        defer { shelf.weigh(book, of: owner) }
        return try await book.look(trace: trace, look)
    }

    func book(of owner: OwnerID) -> OwnerBook {
        shelf.book(of: owner) { OwnerBook(owner: owner, journal: journal) }
    }
}
