internal import Dapr
internal import Tasks

/// The state of a journal's replay, commit by commit.
struct JournalReplay {
    /// A fault in a commit.
    struct Fault {
        let key: String
        let reason: String
    }

    var book: Book
    let keys: JournalKeys
    /// The deleted tasks, each with the change that deleted it last.
    private(set) var gone: [TaskID: TaskChange] = [:]
    /// The times of changes with an idempotency key and another time for ages: servers that do not know the latter
    /// store this one with the key.
    private(set) var keyTimes: [Int: Timestamp] = [:]

    /// Applies a commit.
    /// - Returns: The commit's fault; the commit was then applied in part or not at all.
    mutating func apply(_ record: CommitRecord) -> Fault? {
        func different(_ reason: String) -> Fault {
            Fault(key: keys.commit(record.sequence).rawValue, reason: reason)
        }
        if record.sequence != book.head + 1 { return different("it does not follow change \(book.head)") }
        if record.time < book.time { return different("it is earlier than the commit before it") }
        if record.published >= record.sequence { return different("it says that it was published before it was made") }
        for entry in record.entries {
            let change = entry.change
            if change.key != nil, change.clock != change.time { keyTimes[change.sequence] = change.time }
            // A page of the snapshot that the replay began with may hold later changes already.
            if change.sequence <= book.pagesEnd {
                Tasks.apply(change, to: &book)
                continue
            }
            let old = book.task(change.taskID)
            if (change.kind == .created) != (old == nil) {
                return different(
                    "change \(change.sequence) is of kind \(change.kind), and the task was \(old == nil ? "not " : "")there"
                )
            }
            if !change.follows(old) {
                return different(
                    "change \(change.sequence) leads to version \(change.version) from \(old?.version ?? 0)"
                )
            }
            if entry.task != nil, change.previous != commitBefore(change) {
                return different("change \(change.sequence) names \(change.previous) as the one before")
            }
            if change.endedVersion > 0, let end = gone[change.taskID], end.version != change.endedVersion {
                return different(
                    "change \(change.sequence) names version \(change.endedVersion) as the last of a task that ended with \(end.version)"
                )
            }
            Tasks.apply(change, to: &book)
            let new = book.task(change.taskID)
            if let task = entry.task, let result = new ?? old.map(change.told), task != result {
                return different("change \(change.sequence) does not lead to the task that it holds")
            }
            if change.tellsOrigin, change.origin(of: new, owner: book.owner) != old {
                return different("change \(change.sequence) does not tell what the task was before")
            }
            if change.kind == .deleted { gone[change.taskID] = change }
        }
        return nil
    }

    /// The commit that a change must name as that of its task's previous change; for a task that comes back, the one
    /// that deleted it.
    private func commitBefore(_ change: TaskChange) -> Int {
        guard change.endedVersion > 0 else { return book.lastCommit(of: change.taskID) }
        // The deletion may be before the start of the replay.
        return gone[change.taskID]?.commit ?? change.previous
    }
}
