package import Tasks

/// How the publishing of changes goes.
package enum RelayCondition: Sendable {
    case ok
    /// Events wait for longer than ``patience``.
    case behind
    /// The last call was in vain; it is made again.
    case failing

    /// How long an event may wait where all is well.
    static let patience: Duration = .seconds(10)
}

extension JournalTaskService {
    /// Says how publishing goes, by what this instance has in memory.
    ///
    /// - Parameter now: The time of day.
    /// - Returns: The condition.
    package func relayCondition(now: Timestamp) -> RelayCondition {
        if journal.relay.isFailing { return .failing }
        guard let oldest = journal.relay.oldest else { return .ok }
        return Duration.milliseconds(now.milliseconds - oldest.milliseconds) > RelayCondition.patience ? .behind : .ok
    }
}
