internal import Dapr
internal import DaprLog
internal import Tasks

/// What every book of a service works with.
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
    let ages: AgeClock
    let now: @Sendable () -> Timestamp
    let newID: @Sendable () -> TaskID
    let clock: @Sendable () -> ContinuousClock.Instant
    let logger: Logger
    let metrics: JournalMetrics

    /// Reads an owner's journal; a call may take so long, at most and unless told otherwise ``JournalConfiguration/callTimeout``.
    func reader(of owner: OwnerID, trace: String?, timeout: Duration? = nil) -> JournalReader {
        JournalReader(
            dapr: dapr.with(timeout: timeout ?? configuration.callTimeout),
            store: store,
            owner: owner,
            trace: trace.map(TraceContext.init(known:)),
            watch: watch
        )
    }

    /// Reads an owner's journal for a question, which may share the call that asks whether there is news.
    func sharingReader(of owner: OwnerID, trace: String?) -> JournalReader {
        var reader = reader(of: owner, trace: trace)
        reader.reads = reads
        return reader
    }

    /// The error a question is answered with.
    @inline(never)  // Seldom called: what is inlined takes room in every frame of the async caller.
    func readError(_ failure: JournalFailure) -> TaskError {
        if case .book(let error) = failure {
            logger.error("A book cannot be read", ["error": .string("\(error)")])
            return error
        }
        if failure.isCancellation { return .cancelled }
        logger.warning("The store did not answer a question", ["error": .string("\(failure)")])
        return configuration.unavailable
    }

    /// Says that a commit which a book stood on is not in the store.
    func reportLost(_ key: String, owner: OwnerID) {
        logger.error(
            "A commit is not where it was: removed as too old, or lost by the store; task-server verify tells what is lost",
            ["owner": .string(owner.rawValue), "key": .string(key)]
        )
    }

    /// Says what was taken out with a commit that the journal did not lead to: nothing else will.
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

    /// Says why a commit that the journal does not lead to is still there.
    func reportStrandedLeft(_ failure: JournalFailure, owner: OwnerID) {
        logger.warning(
            "Commits that the journal does not lead to were not taken out; the next reader or writer tries again",
            ["owner": .string(owner.rawValue), "error": .string("\(failure)")]
        )
    }

    /// Says why a group of commands was not carried through.
    func report(_ failure: JournalFailure, owner: OwnerID) {
        if case .book(let error) = failure {
            logger.error("A book cannot be written", ["owner": .string(owner.rawValue), "error": .string("\(error)")])
        } else {
            logger.warning("The store did not take a commit", ["error": .string("\(failure)")])
        }
    }
}
