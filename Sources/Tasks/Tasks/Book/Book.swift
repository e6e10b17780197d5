/// Everything one owner has: the tasks after all changes up to `head`.
package struct Book: Equatable, Sendable {
    /// A task with what the journal and the snapshot know of it.
    struct Entry: Sendable {
        var task: TaskItem
        /// The commit with its last change.
        var commit: Int
        /// Its place among all that were ever created; 64 places are a page of a snapshot.
        var place: Int
    }

    /// Whose book it is.
    package let owner: OwnerID
    /// The sequence of the last change; 0 when there is none.
    package internal(set) var head = 0
    /// The time of the last change.
    package internal(set) var time = Timestamp.epoch
    /// The time by which ages are told, at the last change.
    package internal(set) var clock = Timestamp.epoch
    /// About how many bytes the tasks take.
    private var taskBytes = 0
    /// How many bytes the texts of the tasks take where they are stored.
    package private(set) var textBytes = 0
    var entries: [TaskID: Entry] = [:]
    /// The tasks in creation order: by time of creation, then by identifier.
    private(set) var order: [CreationKey] = []
    var keys = RecentKeys()
    /// Which pages a snapshot has to write.
    var layout = SnapshotLayout()

    /// Makes an empty book.
    package init(owner: OwnerID) {
        self.owner = owner
    }

    /// About how many bytes of memory the book takes.
    package var approximateBytes: Int { 512 + taskBytes + 160 * keys.count }

    /// How many tasks there are.
    package var count: Int { entries.count }

    /// The task with this identifier.
    package func task(_ id: TaskID) -> TaskItem? { entries[id]?.task }

    /// The commit with a task's last change; 0 when there is no such task.
    package func lastCommit(of id: TaskID) -> Int { entries[id]?.commit ?? 0 }

    /// What the first command with this key did, when it is less than a day old.
    package func firstUse(of key: Fingerprint, now: Timestamp) -> KeyUse? { keys.firstUse(of: key, now: now) }

    /// All tasks in creation order.
    package var tasksInOrder: [TaskItem] { order.compactMap { entries[$0.id]?.task } }

    /// The same tasks, keys, head and time; how a snapshot is laid out does not matter.
    package static func == (left: Book, right: Book) -> Bool {
        left.owner == right.owner && left.head == right.head && left.time == right.time && left.keys == right.keys
            && left.order == right.order
            && left.entries.allSatisfy { id, entry in
                right.entries[id].map { $0.task == entry.task && $0.commit == entry.commit } ?? false
            }
    }

    /// Whether this is the same book as another, except that a key may have the time that `times` has for its sequence.
    package func isSame(as other: Book, orWith times: [Int: Timestamp]) -> Bool {
        var rest = other
        rest.keys = keys
        return self == rest && keys.isSame(as: other.keys, orWith: times)
    }

    fileprivate mutating func apply(_ change: TaskChange) {
        applyToTask(change)
        head = change.sequence
        time = max(time, change.time)
        clock = max(clock, change.clock)
        // A command's changes are of one commit, so a snapshot has all of them or none.
        if let key = change.key, change.part.index == 0, change.sequence > layout.keysEnd {
            keys.insert(key, KeyUse(change))
        }
        keys.removeOld(now: clock)
    }

    /// Changes the task alone, unless the page it stands on was read with the change in it.
    private mutating func applyToTask(_ change: TaskChange) {
        let old = entries[change.taskID]
        guard let place = change.kind == .created ? layout.takePlace() : old?.place,
            !layout.isCurrent(place, change.sequence)
        else { return }
        let new = change.result(on: old?.task, owner: owner)
        put(new.map { Entry(task: $0, commit: change.commit, place: place) }, change.taskID)
        layout.noteChange(place, change.sequence)
    }

    mutating func put(_ new: Entry?, _ id: TaskID) {
        let old = entries.updateOrRemove(new, id)
        textBytes += (new?.task.textBytes ?? 0) - (old?.task.textBytes ?? 0)
        taskBytes += (new?.task.approximateBytes ?? 0) - (old?.task.approximateBytes ?? 0)
        if let old, old.task.createdAt != new?.task.createdAt { removeFromOrder(CreationKey(old.task)) }
        if let new, old?.task.createdAt != new.task.createdAt { insertIntoOrder(CreationKey(new.task)) }
    }

    private mutating func insertIntoOrder(_ key: CreationKey) {
        order.insert(key, at: order.firstIndex(notBefore: key))
    }

    private mutating func removeFromOrder(_ key: CreationKey) {
        let index = order.firstIndex(notBefore: key)
        if index < order.count, order[index] == key { order.remove(at: index) }
    }
}

extension Dictionary {
    /// Sets a value, or removes it when it is nil.
    /// - Returns: what was there.
    fileprivate mutating func updateOrRemove(_ value: Value?, _ key: Key) -> Value? {
        if let value { updateValue(value, forKey: key) } else { removeValue(forKey: key) }
    }
}

/// Changes the book as the change says.
///
/// It never fails; that the change is the next one is for the caller to see to.
package func apply(_ change: TaskChange, to book: inout Book) {
    book.apply(change)
}
