internal import Dapr
internal import Tasks

/// The state keys of one owner.
///
///     log:{owner}:{n}      the commit whose first change is n
///     task:{owner}:{id}    a task, exactly as it is answered
///
/// Snapshots (`page:`, `head:`), watermarks (`pub:`) and outbox slots stand beside these and share the owner's component.
struct JournalKeys: Sendable {
    private let owner: String

    init(_ owner: OwnerID) {
        self.owner = owner.keyComponent
    }

    func commit(_ sequence: Int) -> StateKey { StateKey("log:\(owner):\(sequence)") }

    func task(_ id: TaskID) -> StateKey { StateKey("task:\(owner):\(id.rawValue)") }
}
