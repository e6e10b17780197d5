/// A book with changes on top that are not committed yet, so that the next command of a group sees what the earlier ones will do.
///
/// It shares the book's storage and copies nothing; let go of it before the book is changed, or the book is copied then.
package struct BookDraft: Sendable {
    private let book: Book
    private var changed: [TaskID: TaskItem?] = [:]
    private var keys: [Fingerprint: KeyUse] = [:]
    /// The sequence of the last change; 0 when there is none.
    package private(set) var head: Int
    /// The time of the last change.
    package private(set) var time: Timestamp
    /// The time by which ages are told, at the last change.
    package private(set) var clock: Timestamp
    /// How many tasks there are.
    package private(set) var count: Int
    /// How many bytes their texts take, and how many they may take.
    package private(set) var textBytes: Int
    package let textLimit: Int

    /// Makes a draft that is as the book, in which texts may take so many bytes.
    package init(of book: Book, textLimit: Int = .max) {
        self.textLimit = textLimit
        textBytes = book.textBytes
        self.book = book
        head = book.head
        time = book.time
        clock = book.clock
        count = book.count
    }

    /// Whose book it is.
    package var owner: OwnerID { book.owner }

    /// The task with this identifier.
    package func task(_ id: TaskID) -> TaskItem? {
        changed[id] ?? book.task(id)
    }

    /// The sequence of the first change of the commit that is being made.
    package var commit: Int { book.head + 1 }

    /// The commit with a task's last change; 0 when there is no such task.
    package func lastCommit(of id: TaskID) -> Int {
        guard let drafted = changed[id] else { return book.lastCommit(of: id) }
        return drafted == nil ? 0 : commit
    }

    /// What the first command with this key did, when it is less than a day old.
    package func firstUse(of key: Fingerprint, now: Timestamp) -> KeyUse? {
        keys[key] ?? book.firstUse(of: key, now: now)
    }

    /// Changes the tasks of the draft as `apply(_:to:)` would change those of the book.
    package mutating func apply(_ change: TaskChange) {
        let old = task(change.taskID)
        let new = change.result(on: old, owner: owner)
        changed.updateValue(new, forKey: change.taskID)
        count += (new == nil ? 0 : 1) - (old == nil ? 0 : 1)
        textBytes += (new?.textBytes ?? 0) - (old?.textBytes ?? 0)
        head = change.sequence
        time = max(time, change.time)
        clock = max(clock, change.clock)
    }

    /// Notes what the first command with a key did.
    mutating func note(_ key: Fingerprint, _ use: KeyUse) { keys[key] = use }
}
