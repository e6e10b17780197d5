internal import Tasks

/// What a journal is set to: how much, and how long.
package struct JournalConfiguration: Sendable {
    /// The most commands in one commit; it has at most ``CommitRecord/changeLimit`` changes.
    package var commandsPerCommit = 64
    /// The format that commits are written in, unless only a newer one holds them; one of ``CommitRecord/written``.
    ///
    /// The older, so that servers of before read what is written while they are replaced, and may come back.
    package var recordFormat = CommitRecord.written.lowerBound
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
    /// How many changes lie between two snapshots that are kept as checkpoints, about.
    package var checkpointInterval = SnapshotCheckpoint.interval
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

    /// Makes one of what a server has settings for, whose defaults stand there; for the rest these suit every server.
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
