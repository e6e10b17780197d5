/// A book plus changes that are not committed yet, so that each command of a group sees the effects of the earlier
/// ones.
///
/// It shares the book's storage and copies nothing. Release it before changing the book, or the book is copied then.
package struct BookDraft: Sendable {
    private let book: Book
    private var changed: [TaskID: TaskItem?] = [:]
    private var keys: [Fingerprint: KeyUse] = [:]
    /// The changes that are not in the book yet, in order.
    package private(set) var changes: [TaskChange] = []
    /// The sequence of the last change; 0 when there is none.
    package private(set) var head: Int
    /// The time of the last change.
    package private(set) var time: Timestamp
    /// The clock by which ages are measured, at the last change.
    package private(set) var clock: Timestamp
    /// The number of tasks.
    package private(set) var count: Int
    /// The size of the tasks' texts in bytes, and its limit.
    package private(set) var textBytes: Int
    package let textLimit: Int

    /// Creates a draft that equals `book`; its texts may take `textLimit` bytes.
    package init(of book: Book, textLimit: Int = .max) {
        self.textLimit = textLimit
        textBytes = book.textBytes
        self.book = book
        head = book.head
        time = book.time
        clock = book.clock
        count = book.count
    }

    /// The owner of the book.
    package var owner: OwnerID { book.owner }

    /// The task with this identifier.
    package func task(_ id: TaskID) -> TaskItem? {
        changed[id] ?? book.task(id)
    }

    /// Whether a task's changes through `sequence` are all that are in the book, without those of the draft.
    func isComplete(_ id: TaskID, through sequence: Int) -> Bool {
        // Of a task that is gone the book does not know when it was there last.
        book.head <= sequence || book.lastCommit(of: id) > 0 && book.lastCommit(of: id) <= sequence
    }

    /// The sequence of the first change in the commit that is being prepared.
    package var commit: Int { book.head + 1 }

    /// The commit with the task's last change; 0 when there is no such task.
    package func lastCommit(of id: TaskID) -> Int {
        guard let drafted = changed[id] else { return book.lastCommit(of: id) }
        return drafted == nil ? 0 : commit
    }

    /// The first command with this key, when it is less than a day old.
    package func firstUse(of key: Fingerprint, now: Timestamp) -> KeyUse? {
        keys[key] ?? book.firstUse(of: key, now: now)
    }

    /// Applies a change to the draft as `apply(_:to:)` would to the book.
    package mutating func apply(_ change: TaskChange) {
        let old = task(change.taskID)
        let new = change.result(on: old, owner: owner)
        changed.updateValue(new, forKey: change.taskID)
        count += (new == nil ? 0 : 1) - (old == nil ? 0 : 1)
        textBytes += (new?.textBytes ?? 0) - (old?.textBytes ?? 0)
        changes.append(change)
        head = change.sequence
        time = max(time, change.time)
        clock = max(clock, change.clock)
    }

    /// Records the first command with a key.
    mutating func note(_ key: Fingerprint, _ use: KeyUse) { keys[key] = use }
}
