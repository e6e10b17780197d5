/// A book with changes on top that are not committed yet, so that the next command of a group sees what the earlier ones will do.
///
/// It shares the book's storage and copies nothing; let go of it before the book is changed, or the book is copied then.
package struct BookDraft: BookReading {
    private let book: Book
    private var changed: [TaskID: TaskItem?] = [:]
    private var keys: [Fingerprint: KeyUse] = [:]
    package private(set) var head: Int
    package private(set) var time: Timestamp
    package private(set) var clock: Timestamp
    package private(set) var count: Int
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

    package var owner: OwnerID { book.owner }

    package func task(_ id: TaskID) -> TaskItem? {
        changed[id] ?? book.task(id)
    }

    package var commit: Int { book.commit }

    package func lastCommit(of id: TaskID) -> Int {
        guard let drafted = changed[id] else { return book.lastCommit(of: id) }
        return drafted == nil ? 0 : commit
    }

    package func firstUse(of key: Fingerprint, now: Timestamp) -> KeyUse? {
        keys[key] ?? book.firstUse(of: key, now: now)
    }

    /// Changes the draft as `apply(_:to:)` would change the book.
    package mutating func apply(_ change: TaskChange) {
        let old = task(change.taskID)
        let new = change.result(on: old, owner: owner)
        changed.updateValue(new, forKey: change.taskID)
        count += (new == nil ? 0 : 1) - (old == nil ? 0 : 1)
        textBytes += (new?.textBytes ?? 0) - (old?.textBytes ?? 0)
        head = change.sequence
        time = max(time, change.time)
        clock = max(clock, change.clock)
        if let key = change.key {
            keys[key] = KeyUse(change)
        }
    }
}
