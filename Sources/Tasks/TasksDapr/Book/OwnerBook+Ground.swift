internal import Dapr
internal import DaprMetrics
internal import Tasks

extension OwnerBook {
    /// If in doubt, checks whether the store has the commit that the view stands on, and starts over when it does not.
    /// - Returns: False when the commit is gone.
    func standsOnGround(_ reader: JournalReader) async throws(JournalFailure) -> Bool {
        let limit = journal.clock() - journal.configuration.confirmAfter
        guard view.isDoubtful(since: journal.watch.lastTrouble.map { max($0, limit) } ?? limit) else { return true }
        return try await findGround(reader)
    }

    /// Checks whether the store has the commit that the view stands on, and starts over when it does not.
    /// - Returns: False when the commit is gone.
    @discardableResult
    func findGround(_ reader: JournalReader) async throws(JournalFailure) -> Bool {
        guard case .lost(let mark) = try await view.checkGround(with: reader) else { return true }
        noteLost(.groundLost(key: keys.commit(mark.sequence).rawValue))
        return false
    }

    /// Checks whether the store still has the last commit of this book.
    ///
    /// - Parameter found: Returns the bulk read's result for a commit's key; a miss is no proof.
    /// - Throws: ``JournalFailure`` when the store does not answer.
    func checkGround(_ found: (CommitMark) -> CommitMark?) async throws(JournalFailure) {
        guard let mark = view.commit, found(mark) != mark else { return }
        try await findGround(journal.reader(of: owner, trace: nil))
    }

    /// The last commit that is known.
    var commit: CommitMark? { view.commit }

    /// Reports that the store lost commits, and forgets how far the rest is published, so that it is published again.
    func noteLost(_ failure: JournalFailure) {
        guard case .groundLost(let key) = failure else { return }
        journal.metrics.lostCommits.increment()
        journal.reportLost(key, owner: owner)
        journal.relay.forget(owner)
        journal.turns.forget(owner)
        journal.outbox.noteUncertain(owner)
        journal.live.forget(owner)
    }
}
