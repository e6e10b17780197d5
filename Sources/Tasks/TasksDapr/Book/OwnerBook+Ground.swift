internal import Dapr
internal import DaprMetrics
internal import Tasks

extension OwnerBook {
    /// Looks whether the commit that the view stands on is in the store, if there is any doubt, and begins anew when it is not.
    /// - Returns: false when it is not.
    func standsOnGround(_ reader: JournalReader) async throws(JournalFailure) -> Bool {
        let limit = journal.clock() - journal.configuration.confirmAfter
        guard view.isDoubtful(since: journal.watch.lastTrouble.map { max($0, limit) } ?? limit) else { return true }
        return try await findGround(reader)
    }

    /// Looks whether the commit that the view stands on is in the store, and begins anew when it is not.
    /// - Returns: false when it is not.
    @discardableResult
    func findGround(_ reader: JournalReader) async throws(JournalFailure) -> Bool {
        guard case .lost(let mark) = try await view.checkGround(with: reader) else { return true }
        noteLost(.groundLost(key: keys.commit(mark.sequence).rawValue))
        return false
    }

    /// Looks whether the store still has the last commit of this book.
    ///
    /// - Parameter found: what a bulk read has under the commit's key; that it has nothing is no proof.
    /// - Throws: ``JournalFailure`` when the store does not answer.
    func checkGround(_ found: (CommitMark) -> CommitMark?) async throws(JournalFailure) {
        guard let mark = view.commit, found(mark) != mark else { return }
        try await findGround(journal.reader(of: owner, trace: nil))
    }

    /// The last commit that is known.
    var commit: CommitMark? { view.commit }

    /// Says that the store lost commits, and has what is left be published again from where it is known to be.
    func noteLost(_ failure: JournalFailure) {
        guard case .groundLost(let key) = failure else { return }
        journal.metrics.lostCommits.increment()
        journal.reportLost(key, owner: owner)
        journal.relay.forget(owner)
        journal.turns.forget(owner)
        journal.outbox.noteUncertain(owner)
    }
}
