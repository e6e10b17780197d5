/// What `decide` must know of a book.
package protocol BookReading {
    /// Whose book it is.
    var owner: OwnerID { get }
    /// The sequence of the last change; 0 when there is none.
    var head: Int { get }
    /// The time of the last change.
    var time: Timestamp { get }
    /// How many tasks there are.
    var count: Int { get }
    /// The task with this identifier.
    func task(_ id: TaskID) -> TaskItem?
    /// What the first command with this key did, when it is less than a day old.
    func firstUse(of key: KeyHash, now: Timestamp) -> KeyUse?
}

/// What the first command with an idempotency key did.
package struct KeyUse: Hashable, Sendable {
    /// The task it created or changed.
    package let taskID: TaskID
    /// The sequence of its change.
    package let sequence: Int
    /// When.
    package let time: Timestamp
}

/// Everything one owner has: the tasks after all changes up to `head`.
package struct Book: BookReading, Equatable, Sendable {
    package let owner: OwnerID
    package private(set) var head = 0
    package private(set) var time = Timestamp.epoch
    /// About how many bytes of memory the book takes.
    package private(set) var approximateBytes = 512
    private var tasks: [TaskID: TaskItem] = [:]
    /// The tasks in creation order: by time of creation, then by identifier.
    private(set) var order: [CreationKey] = []
    private var keys = RecentKeys()

    /// Makes an empty book.
    package init(owner: OwnerID) {
        self.owner = owner
    }

    package var count: Int { tasks.count }

    package func task(_ id: TaskID) -> TaskItem? { tasks[id] }

    package func firstUse(of key: KeyHash, now: Timestamp) -> KeyUse? { keys.firstUse(of: key, now: now) }

    /// All tasks in creation order.
    package var tasksInOrder: [TaskItem] { order.compactMap { tasks[$0.id] } }

    fileprivate mutating func apply(_ change: TaskChange) {
        let old = tasks[change.taskID]
        let new = change.result(on: old, owner: owner)
        tasks[change.taskID] = new
        approximateBytes += (new?.approximateBytes ?? 0) - (old?.approximateBytes ?? 0)
        if let old, old.createdAt != new?.createdAt { removeFromOrder(CreationKey(old)) }
        if let new, old?.createdAt != new.createdAt { insertIntoOrder(CreationKey(new)) }
        head = change.sequence
        time = max(time, change.time)
        if let key = change.key {
            keys.insert(key, KeyUse(taskID: change.taskID, sequence: change.sequence, time: change.time))
        }
        keys.removeOld(now: time)
    }

    private mutating func insertIntoOrder(_ key: CreationKey) {
        order.insert(key, at: order.firstIndex(notBefore: key))
    }

    private mutating func removeFromOrder(_ key: CreationKey) {
        let index = order.firstIndex(notBefore: key)
        if index < order.count, order[index] == key { order.remove(at: index) }
    }
}

/// Changes the book as the change says.
///
/// It never fails; that the change is the next one is for the caller to see to.
package func apply(_ change: TaskChange, to book: inout Book) {
    book.apply(change)
}

/// A task's place in creation order.
struct CreationKey: Comparable, Sendable {
    let time: Timestamp
    let id: TaskID

    init(_ task: TaskItem) {
        time = task.createdAt
        id = task.id
    }

    init(time: Timestamp, id: TaskID) {
        self.time = time
        self.id = id
    }

    static func < (left: CreationKey, right: CreationKey) -> Bool {
        left.time == right.time ? left.id < right.id : left.time < right.time
    }
}

extension Array where Element: Comparable {
    /// The index of the first element that is not less than this one, in a sorted array.
    func firstIndex(notBefore element: Element) -> Int {
        var low = 0
        var high = count
        // What is added is nearly always the greatest.
        if let last, last < element { return count }
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
