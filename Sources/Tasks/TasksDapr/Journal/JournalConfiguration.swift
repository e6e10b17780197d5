internal import Tasks

/// The limits and durations of a journal.
package struct JournalConfiguration: Sendable {
    /// The most commands in one commit, which has at most ``CommitRecord/changeLimit`` changes.
    package var commandsPerCommit = 64
    /// The format of new commits, unless only a newer one can hold them; one of ``CommitRecord/written``.
    ///
    /// The default is the older one, so that servers of the previous version can read new commits during an update and
    /// after a rollback.
    package var recordFormat = CommitRecord.written.lowerBound
    /// The most commands that may wait for one book; further ones are refused.
    package var waitingCommands: Int
    /// The most concurrent single reads that share a call; 1 gives each read a call of its own.
    ///
    /// See ``suit(storeType:version:)`` for the stores on which reads may share a call.
    package var readsPerCall: Int
    /// Whether a bulk read reports keys that it could not read, instead of omitting them as if they had no value.
    ///
    /// daprd's PostgreSQL and SQLite stores do not report them when their connection ends midway (components-contrib
    /// 1.18.4); dev-sidecar does.
    package var bulkReadsReportErrors = false
    /// The most time for a command, whatever its caller allows.
    package var commandDeadline: Duration
    /// The most time for one call to the sidecar.
    package var callTimeout: Duration
    /// How long to retry while the sidecar or the store is down, before a command is refused.
    package var patience: Duration = .seconds(2)
    /// The time since its last confirmation after which a view is confirmed before it decides a write.
    package var confirmAfter: Duration = .seconds(60)
    /// The most bytes of memory for all views together; the least recently used are dropped first.
    package var viewBytes: Int
    /// The bytes of text in a commit beyond which the next command waits for another commit.
    package var commitTextBytes = CallBounds.textBytes
    /// The most bytes that the texts of one owner's tasks may take in the store.
    package var bookTextBytes: Int
    /// How long commits are kept that are published and in a snapshot; `nil` keeps them for ever.
    ///
    /// At least 30 days.
    package var historyRetention: Duration?
    /// About how many changes lie between two checkpoints.
    package var checkpointInterval = SnapshotCheckpoint.interval
    /// The most bytes of events in memory; further events are read from the journal when their turn comes.
    package var backlogBytes = 64 << 20
    /// How long an instance may commit after it began to write its lease; then it must write the lease again.
    package var leaseTime: Duration
    /// How long an owner without new commits keeps its slot in the outbox.
    package var slotIdleTime: Duration = .seconds(1)
    /// How long waiting events are still published after the service was told to stop.
    package var drainTime: Duration
    /// When callers should try again after the store was unavailable.
    package var retryAfter: Duration = .seconds(2)

    /// Sets the values that a server has settings for, which define their defaults; the other values suit every server.
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

    /// Turns shared reads off on a store that may read an old copy: only a single read can ask for the newest.
    ///
    /// Only the stores named here are known to have a single copy. Version 1 for PostgreSQL stores JSON in a form of
    /// its own, for which single and bulk reads return different bytes.
    package mutating func suit(storeType: String, version: String) {
        switch (storeType, version) {
        case ("state.in-memory", _), ("state.sqlite", _), ("state.postgresql", "v2"): break
        default: readsPerCall = 1
        }
    }

    /// The time without a beat after which an instance is dead, because none of its calls can still be under way.
    var takeoverTime: Duration { leaseTime + callTimeout * 2 }

    var unavailable: TaskError { .storeUnavailable(retryAfter: retryAfter) }
}
