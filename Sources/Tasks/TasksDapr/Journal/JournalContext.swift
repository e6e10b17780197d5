internal import Dapr
internal import DaprLog
internal import OpenTelemetry
internal import Tasks

/// The dependencies that all books of a service share.
struct JournalContext: Sendable {
    let dapr: DaprClient
    let store: StateStoreName
    let configuration: JournalConfiguration
    let reads: SharedReads
    let relay: EventRelay
    let turns: PublishingTurns
    let outbox: Outbox
    let directory: OwnerDirectory
    let shelf: BookShelf
    let snapshots: SnapshotWriter
    let watch: StoreWatch
    let live: LiveChanges
    let ages: AgeClock
    let now: @Sendable () -> Timestamp
    let newID: @Sendable () -> TaskID
    let clock: @Sendable () -> ContinuousClock.Instant
    let logger: Logger
    let metrics: JournalMetrics
    /// Records the spans of commits; `nil` when none are exported.
    let tracer: Tracer?

    /// A reader of an owner's journal; `timeout` limits each call and is ``JournalConfiguration/callTimeout`` by
    /// default.
    func reader(of owner: OwnerID, trace: CallerTrace?, timeout: Duration? = nil) -> JournalReader {
        JournalReader(
            dapr: dapr.with(timeout: timeout ?? configuration.callTimeout),
            store: store,
            owner: owner,
            trace: trace.map(TraceContext.init(_:)),
            watch: watch
        )
    }

    /// A reader for a question, whose check for news may share a call with others.
    func sharingReader(of owner: OwnerID, trace: CallerTrace?) -> JournalReader {
        var reader = reader(of: owner, trace: trace)
        reader.reads = reads
        return reader
    }

    /// Logs the failure of a question, and returns the error to answer with.
    @inline(never)  // Seldom called; inlined, it takes room in every frame of the async caller.
    func readError(_ failure: JournalFailure) -> TaskError {
        if case .book(let error) = failure {
            logger.error("A book cannot be read", ["error": .string("\(error)")])
            return error
        }
        if failure.isCancellation { return .cancelled }
        logger.warning("The store did not answer a question", ["error": .string("\(failure)")])
        return configuration.unavailable
    }

    /// Reports that a commit which a book stood on is not in the store any more.
    func reportLost(_ key: String, owner: OwnerID) {
        logger.error(
            "A commit is not where it was: removed as too old, or lost by the store; task-server verify tells what is lost",
            ["owner": .string(owner.rawValue), "key": .string(key)]
        )
    }

    /// Reports the changes in a stranded commit that was removed; nothing else records them.
    func reportStranded(_ record: CommitRecord, owner: OwnerID) {
        let changes = record.entries.map { "\($0.change.kind) \($0.change.taskID)" }
        logger.error(
            "A commit was taken out, since the store has lost those before it; if its commands were acknowledged, they are undone",
            [
                "owner": .string(owner.rawValue), "sequence": .int(record.sequence), "commit": .string(record.id),
                "changes": .string(changes.joined(separator: ", ")),
            ]
        )
    }

    /// Reports why a stranded commit is still in the store.
    func reportStrandedLeft(_ failure: JournalFailure, owner: OwnerID) {
        logger.warning(
            "Commits that the journal does not lead to were not taken out; the next reader or writer tries again",
            ["owner": .string(owner.rawValue), "error": .string("\(failure)")]
        )
    }

    /// Reports why a batch of commands was not committed.
    func report(_ failure: JournalFailure, owner: OwnerID) {
        if case .book(.commandTooLong) = failure { return }  // Its caller is told what would fit.
        if case .book(let error) = failure {
            logger.error("A book cannot be written", ["owner": .string(owner.rawValue), "error": .string("\(error)")])
        } else {
            logger.warning("The store did not take a commit", ["error": .string("\(failure)")])
        }
    }
}
