/// One owner's tasks after all changes up to `head`, and the recent idempotency keys.
package struct Book: Equatable, Sendable {
    /// A task with its position in the journal and the snapshot.
    struct Entry: Sendable {
        var task: TaskItem
        /// The commit with the task's last change.
        var commit: Int
        /// The task's place in the snapshot; each page has 64 places.
        var place: Int
    }

    /// The owner of the book.
    package let owner: OwnerID
    /// The sequence of the last change; 0 when there is none.
    package internal(set) var head = 0
    /// The time of the last change.
    package internal(set) var time = Timestamp.epoch
    /// The clock by which ages are measured, at the last change.
    package internal(set) var clock = Timestamp.epoch
    /// The approximate size of the tasks in bytes.
    private var taskBytes = 0
    /// The size of the tasks' texts in bytes, in their stored form.
    package private(set) var textBytes = 0
    var entries: [TaskID: Entry] = [:]
    /// The tasks in creation order: by creation time, then by identifier.
    private(set) var order: [CreationKey] = []
    var keys = RecentKeys()
    /// Tracks which pages a snapshot has to write.
    var layout = SnapshotLayout()

    /// Creates an empty book.
    package init(owner: OwnerID) {
        self.owner = owner
    }

    /// The approximate size of the book in memory, in bytes.
    package var approximateBytes: Int { 512 + taskBytes + 160 * keys.count }

    /// The number of tasks.
    package var count: Int { entries.count }

    /// The task with this identifier.
    package func task(_ id: TaskID) -> TaskItem? { entries[id]?.task }

    /// The commit with the task's last change; 0 when there is no such task.
    package func lastCommit(of id: TaskID) -> Int { entries[id]?.commit ?? 0 }

    /// The first command with this key, when it is less than a day old.
    package func firstUse(of key: Fingerprint, now: Timestamp) -> KeyUse? { keys.firstUse(of: key, now: now) }

    /// All tasks in creation order.
    package var tasksInOrder: [TaskItem] { order.compactMap { entries[$0.id]?.task } }

    /// Compares tasks, keys, head and time; the layout of the snapshot does not matter.
    package static func == (left: Book, right: Book) -> Bool {
        left.owner == right.owner && left.head == right.head && left.time == right.time && left.keys == right.keys
            && left.order == right.order
            && left.entries.allSatisfy { id, entry in
                right.entries[id].map { $0.task == entry.task && $0.commit == entry.commit } ?? false
            }
    }

    /// Whether the books are equal, except that a key may have the time that `times` gives for its sequence.
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
        // The changes of a command are in one commit, so a snapshot has all of them or none.
        if let key = change.key, change.part.index == 0, change.sequence > layout.keysEnd {
            keys.insert(key, KeyUse(change))
        }
        keys.removeOld(now: clock)
    }

    /// Applies a change to its task, unless the page with the task was read with the change already in it.
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
        let old = exchange(new, id)
        if let old, old.task.createdAt != new?.task.createdAt { removeFromOrder(CreationKey(old.task)) }
        if let new, old?.task.createdAt != new.task.createdAt { insertIntoOrder(CreationKey(new.task)) }
    }

    /// Puts many tasks, or their absence, in the place of others; the order is made anew once.
    mutating func replace(_ tasks: [TaskID: Entry?]) {
        var (gone, come): ([CreationKey], [CreationKey]) = ([], [])
        for (id, new) in tasks {
            let old = exchange(new, id)
            guard old?.task.createdAt != new?.task.createdAt else { continue }
            if let old { gone.append(CreationKey(old.task)) }
            if let new { come.append(CreationKey(new.task)) }
        }
        order.replace(gone.sorted(), by: come.sorted())
    }

    private mutating func exchange(_ new: Entry?, _ id: TaskID) -> Entry? {
        let old = entries.updateOrRemove(new, id)
        textBytes += (new?.task.textBytes ?? 0) - (old?.task.textBytes ?? 0)
        taskBytes += (new?.task.approximateBytes ?? 0) - (old?.task.approximateBytes ?? 0)
        return old
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
    /// Sets the value for a key, or removes it when `value` is `nil`.
    ///
    /// - Returns: The previous value.
    fileprivate mutating func updateOrRemove(_ value: Value?, _ key: Key) -> Value? {
        if let value { updateValue(value, forKey: key) } else { removeValue(forKey: key) }
    }
}

/// Applies a change to a book.
///
/// It never fails; the caller must make sure that the change is the next one.
package func apply(_ change: TaskChange, to book: inout Book) {
    book.apply(change)
}
