/// Keeps the activity of owners, from the changes that are published.
package protocol ActivityService: Sendable {
    /// Takes in changes of one owner, in any order, and however often they came before.
    ///
    /// - Parameters:
    ///   - changes: what came.
    ///   - owner: whose.
    ///   - trace: the `traceparent` of the delivery.
    ///   - deadline: when whoever brought them waits no longer.
    /// - Returns: what was counted before and after; a change beyond that shall come again.
    /// - Throws: ``TaskError/storeUnavailable(retryAfter:)`` when the store did not take them in that time.
    func note(
        _ changes: [ActivityChange],
        of owner: OwnerID,
        trace: String?,
        until deadline: ContinuousClock.Instant
    ) async throws(TaskError) -> ActivityReceipt

    /// What an owner did, as far as it is counted.
    func activity(of owner: OwnerID, trace: String?) async throws(TaskError) -> Activity
}

/// Up to where an owner's changes are counted.
package struct ActivityReceipt: Hashable, Sendable {
    /// The last sequence that was counted before.
    package let before: Int
    /// The last sequence that is counted now.
    package let after: Int

    /// Makes a receipt.
    package init(before: Int, after: Int) {
        self.before = before
        self.after = after
    }
}

/// Gives the changes of an owner again, from where they are kept for good.
package protocol ChangeSource: Sendable {
    /// The next changes after a sequence, in order and without gaps.
    ///
    /// The first is later than `sequence + 1` only when those before it are kept no more.
    ///
    /// - Parameters:
    ///   - owner: whose changes.
    ///   - sequence: the last one that is known; 0 for none.
    ///   - told: a later one that somebody told of; where the changes begin when those before it are kept no more.
    ///   - limit: about how many are wanted; there may be a few more, those of a commit.
    /// - Returns: none when neither the next one nor the one told of is there.
    /// - Throws: ``TaskError/storeUnavailable(retryAfter:)`` and others of the store.
    func changes(
        of owner: OwnerID,
        after sequence: Int,
        told: Int,
        limit: Int
    ) async throws(TaskError) -> [ActivityChange]
}
