package import Dapr
package import Tasks

/// The state keys of one owner.
///
///     log:{owner}:{n}      the commit whose first change is n
///     task:{owner}:{id}    a task, exactly as the service returns it
///     head:{owner}         the head of the snapshot
///     page:{owner}:{p}:{n}:{mark}:{part}   a page of the snapshot, as it was after change n
///     checkpoint:{owner}:{n}:{mark}        the head of a snapshot that is kept
///     pub:{owner}          the highest sequence known to be published
///     activity:{owner}     the owner's activity, computed from its events
///
/// The owner is percent-encoded, so that a colon separates it from the rest.
package struct JournalKeys: Sendable {
    private let owner: String

    /// Creates the keys of `owner`.
    package init(_ owner: OwnerID) {
        self.owner = owner.keyComponent
    }

    /// The commit whose first change is `sequence`.
    package func commit(_ sequence: Int) -> StateKey { StateKey("log:\(owner):\(sequence)") }

    /// A task.
    package func task(_ id: TaskID) -> StateKey { StateKey("task:\(owner):\(id.rawValue)") }

    /// The head of the snapshot.
    package var head: StateKey { StateKey("head:\(owner)") }

    /// One part of a page of the snapshot.
    package func page(_ name: SnapshotPageName, part: Int) -> StateKey {
        guard let mark = name.mark else { return StateKey("page:\(owner):\(name.number)") }
        return StateKey("page:\(owner):\(name.number):\(name.sequence):\(mark):\(part)")
    }

    /// All parts of a page of the snapshot.
    package func parts(of name: SnapshotPageName) -> [StateKey] { (0..<name.parts).map { page(name, part: $0) } }

    /// A checkpoint: the head of a snapshot that is kept.
    package func checkpoint(_ checkpoint: SnapshotCheckpoint) -> StateKey {
        StateKey("checkpoint:\(owner):\(checkpoint.sequence):\(checkpoint.mark)")
    }

    /// The mark of the highest published sequence.
    package var published: StateKey { StateKey("pub:\(owner)") }

    /// The activity.
    var activity: StateKey { StateKey("activity:\(owner)") }
}
