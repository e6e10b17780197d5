internal import Dapr
internal import Log
internal import Metrics
internal import Tasks

/// What every book of a service works with.
struct JournalContext: Sendable {
    let dapr: DaprClient
    let store: StoreName
    let limits: JournalLimits
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

    /// Reads an owner's journal; a call may take so long, at most and unless told otherwise ``JournalLimits/callTimeout``.
    func reader(of owner: OwnerID, trace: String?, timeout: Duration? = nil) -> JournalReader {
        JournalReader(
            dapr: dapr.with(timeout: timeout ?? limits.callTimeout),
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
        return limits.unavailable
    }

    /// Says that a commit which a book stood on is not in the store.
    func reportLost(_ key: String, owner: OwnerID) {
        logger.error(
            "A commit is not where it was: removed as too old, or lost by the store; task-server verify tells what is lost",
            ["owner": .string(owner.rawValue), "key": .string(key)]
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

/// How much, and how long.
package struct JournalLimits: Sendable {
    /// The most commands in one commit, each of which is one change; at most ``CommitRecord/changeLimit``.
    package var commandsPerCommit = 64
    /// The most commands that wait for one book; more are refused.
    package var waitingCommands: Int
    /// The most single reads that share a call, of those asked for at the same time; 1 has each made by itself.
    ///
    /// See ``suit(storeType:version:)`` for the stores on which they may.
    package var readsPerCall: Int
    /// Whether a bulk read that could not read on says so, instead of leaving keys out as if they had nothing.
    ///
    /// daprd's PostgreSQL and SQLite stores do not when their connection ends in the middle (components-contrib 1.18.4); dev-sidecar does.
    package var bulkReadsReportErrors = false
    /// How long a command may take at most, whatever its caller allows.
    package var commandDeadline: Duration
    /// How long one call of the sidecar may take.
    package var callTimeout: Duration
    /// How long a sidecar or store that is down is tried again before a command is refused.
    package var patience: Duration = .seconds(2)
    /// After how long a view is confirmed before it decides a write.
    package var confirmAfter: Duration = .seconds(60)
    /// How many bytes of memory the views may take together; the least recently used go first.
    package var viewBytes: Int
    /// How many bytes of text a commit takes before the next command waits for another.
    package var commitTextBytes = CallBounds.textBytes
    /// How many bytes the texts of one owner's tasks may take together where they are stored.
    package var bookTextBytes: Int
    /// How long commits are kept that are published and in a snapshot; nil keeps them for ever.
    ///
    /// At least 30 days.
    package var historyRetention: Duration?
    /// How many bytes of events may wait in memory; what is more is read from the journal when its turn comes.
    package var backlogBytes = 64 << 20
    /// How long an instance may commit after it began to write its lease, before it must write it anew.
    package var leaseTime: Duration
    /// How long an owner without commits keeps its slot in the outbox.
    package var slotIdleTime: Duration = .seconds(1)
    /// How long events that wait are still published after the service was told to stop.
    package var drainTime: Duration
    /// When to come again, for those who found the store not available.
    package var retryAfter: Duration = .seconds(2)

    /// Makes limits of what a server has settings for, whose defaults stand there; for the rest these suit every server.
    package init(
        commandDeadline: Duration,
        callTimeout: Duration,
        waitingCommands: Int,
        readsPerCall: Int,
        viewBytes: Int,
        bookTextBytes: Int,
        historyRetention: Duration?,
        leaseTime: Duration,
        drainTime: Duration
    ) {
        self.commandDeadline = commandDeadline
        self.callTimeout = callTimeout
        self.waitingCommands = waitingCommands
        self.readsPerCall = readsPerCall
        self.viewBytes = viewBytes
        self.bookTextBytes = bookTextBytes
        self.historyRetention = historyRetention
        self.leaseTime = leaseTime
        self.drainTime = drainTime
    }

    /// Has each read made by itself on a store that may read an old copy: a call for several cannot ask for the newest, a single one does.
    ///
    /// Other stores than these are not known to have one copy only.
    /// Version 1 for PostgreSQL keeps JSON in a form of its own, which the two kinds of calls answer in different bytes.
    package mutating func suit(storeType: String, version: String) {
        switch (storeType, version) {
        case ("state.in-memory", _), ("state.sqlite", _), ("state.postgresql", "v2"): break
        default: readsPerCall = 1
        }
    }

    /// After how long without a beat an instance is dead: no call of it can be on its way then.
    var takeoverTime: Duration { leaseTime + callTimeout * 2 }

    var unavailable: TaskError { .storeUnavailable(retryAfter: retryAfter) }
}

/// What the journal counts.
struct JournalMetrics: Sendable {
    let commits: CounterChild
    let changes: CounterChild
    let conflicts: CounterChild
    let retries: CounterChild
    let published: CounterChild
    let publishFailures: CounterChild
    let lostCommits: CounterChild
    let snapshots: CounterChild
    let takeovers: CounterChild
    let snapshotFailures: CounterChild
    let readCalls: CounterChild
    let reads: CounterChild

    init(_ registry: MetricsRegistry) {
        func counter(_ name: String, _ help: String) -> CounterChild { registry.counter(name, help: help).child() }
        commits = counter("tasks_commits_total", "Commits written.")
        changes = counter("tasks_changes_total", "Changes written; more than one may go into a commit.")
        conflicts = counter("tasks_commit_conflicts_total", "Commits whose place in the journal another writer had.")
        retries = counter("tasks_commit_retries_total", "Calls of a commit that were made again.")
        published = counter("tasks_events_published_total", "Events the broker took.")
        takeovers = counter(
            "tasks_relay_takeovers_total",
            "Instances whose events this one publishes, since they died."
        )
        lostCommits = counter(
            "tasks_lost_commits_total",
            "Commits that a book stood on and that the store had no more: removed as too old, or lost."
        )
        snapshots = counter("tasks_snapshots_total", "Snapshots of books written.")
        snapshotFailures = counter("tasks_snapshot_failures_total", "Snapshots of books that were not written.")
        reads = counter("tasks_reads_total", "Reads of a task, or of whether a list has news.")
        readCalls = counter(
            "tasks_read_calls_total",
            "Calls of the sidecar that they were made with; several may share one."
        )
        publishFailures = counter("tasks_event_publish_failures_total", "Events the broker did not take at once.")
    }
}
