internal import Tasks

/// A commit that was decided and is being written, until its fate is known.
struct CommitAttempt: Sendable {
    /// What is known of a commit.
    enum Fate: Sendable {
        /// It was never sent, or every answer said that it was not written.
        case unsent
        /// It was sent, and no answer said what came of it.
        case unknown
        /// The store refused it, because its record is there already: by this commit, sent before, or by another.
        case refused
        /// It may still come to be written, but its record was not there when it was last looked for.
        case absent
        /// The store has taken it; whether the journal leads to it is to be learnt.
        case stored
    }

    let plan: CommitPlan
    let commit: Commit
    /// Its span; `nil` when its trace is not recorded.
    let span: CommitSpan?
    var fate = Fate.unsent
    /// The slot that was to be written with the commit, until the record tells whether it was: a sidecar that repeats a transaction by
    /// itself is refused its own.
    var openPin: Outbox.Pin?
    /// When it was sent for the first time.
    var sentAt: ContinuousClock.Instant?
    /// When the store had last been in trouble by then.
    var troubleBefore: ContinuousClock.Instant?

    /// Whether it is or may come to be in the store.
    var mayBeWritten: Bool { if case .unsent = fate { false } else { true } }

    /// Whether its record must be looked for before it is sent again.
    var mustAsk: Bool {
        switch fate {
        case .unsent, .absent: false
        case .unknown, .refused, .stored: true
        }
    }
}
