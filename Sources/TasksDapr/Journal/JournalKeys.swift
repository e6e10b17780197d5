package import Dapr
package import Tasks

/// The state keys of one owner.
///
///     log:{owner}:{n}      the commit whose first change is n
///     task:{owner}:{id}    a task, exactly as it is answered
///     head:{owner}         the head of the snapshot
///     page:{owner}:{p}     a page of the snapshot
///     pub:{owner}          the highest sequence known to be published
///
/// The owner is percent-encoded, so that a colon parts it from what follows.
package struct JournalKeys: Sendable {
    private let owner: String

    /// Of one owner.
    package init(_ owner: OwnerID) {
        self.owner = owner.keyComponent
    }

    /// The commit that begins with a change.
    package func commit(_ sequence: Int) -> StateKey { StateKey("log:\(owner):\(sequence)") }

    /// A task.
    package func task(_ id: TaskID) -> StateKey { StateKey("task:\(owner):\(id.rawValue)") }

    /// The head of the snapshot.
    package var head: StateKey { StateKey("head:\(owner)") }

    /// A page of the snapshot.
    package func page(_ number: Int) -> StateKey { StateKey("page:\(owner):\(number)") }

    /// The watermark.
    package var published: StateKey { StateKey("pub:\(owner)") }
}
