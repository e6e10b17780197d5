/// Keeps the activity of owners, built from the published changes.
package protocol ActivityService: Sendable {
    /// Notes changes of one owner; they may come in any order, and repeatedly.
    ///
    /// - Parameters:
    ///   - changes: The changes that came.
    ///   - owner: Their owner.
    ///   - trace: The `traceparent` of the delivery.
    ///   - deadline: When the sender stops waiting.
    /// - Returns: The last counted sequence before and after; changes beyond it must come again.
    /// - Throws: ``TaskError/storeUnavailable(retryAfter:)`` when the store did not take them in time.
    func note(
        _ changes: [ActivityChange],
        of owner: OwnerID,
        trace: CallerTrace?,
        until deadline: ContinuousClock.Instant
    ) async throws(TaskError) -> ActivityReceipt

    /// The owner's activity, as far as it is counted.
    func activity(of owner: OwnerID, trace: CallerTrace?) async throws(TaskError) -> Activity
}

/// The extent to which an owner's changes are counted.
package struct ActivityReceipt: Hashable, Sendable {
    /// The last sequence that was counted before.
    package let before: Int
    /// The last sequence that is counted now.
    package let after: Int

    package init(before: Int, after: Int) {
        self.before = before
        self.after = after
    }
}

/// Reads an owner's changes from where they are kept permanently.
package protocol ChangeSource: Sendable {
    /// Reads the changes after `sequence`, in order and without gaps.
    ///
    /// The first is later than `sequence + 1` only when those before it are no longer kept.
    ///
    /// - Parameters:
    ///   - owner: The owner of the changes.
    ///   - sequence: The last known sequence; 0 for none.
    ///   - told: A later sequence that an event named. The changes begin there when those before it are no longer kept.
    ///   - limit: About how many changes to read; there may be a few more, to complete a commit.
    /// - Returns: The changes; none when neither the next one nor the one at `told` is there.
    /// - Throws: ``TaskError/storeUnavailable(retryAfter:)`` and other errors of the store.
    func changes(
        of owner: OwnerID,
        after sequence: Int,
        told: Int,
        limit: Int
    ) async throws(TaskError) -> [ActivityChange]
}
