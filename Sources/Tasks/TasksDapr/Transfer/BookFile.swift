internal import DaprJSON
internal import TaskJSON
package import Tasks

/// The book of one owner as read from a file, fully checked: every commit follows from those before it, and the tasks
/// are their result.
package struct BookFile: Sendable {
    /// A commit with the document to store.
    struct Commit: Sendable {
        let record: CommitRecord
        let document: [UInt8]
    }

    /// The owner of the book.
    package let owner: OwnerID
    /// The number of commits, changes and tasks.
    package private(set) var counts = TransferCounts()
    let commits: [Commit]

    /// Reads a file that ``BookExport`` wrote.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - newOwner: The new owner of the book, whose name replaces the old owner's in tasks and as actor; `nil` keeps
    ///     the owner.
    /// - Throws: ``TransferError/line(_:reason:)``.
    package init(parsing bytes: [UInt8], for newOwner: OwnerID? = nil) throws(TransferError) {
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)[...]
        if lines.last?.isEmpty == true { lines.removeLast() }
        func value(_ index: Int) throws(TransferError) -> JSONValue {
            guard let value = try? JSONValue(parsing: lines[index]) else { throw .line(index + 1, reason: "no JSON") }
            return value
        }
        let header = lines.isEmpty ? .null : try value(0)
        guard let format = header["export"]?.intValue, let name = header["owner"]?.stringValue.flatMap({ OwnerID($0) })
        else { throw .line(1, reason: "no header of an export") }
        guard format == BookExport.format else {
            throw .line(1, reason: "format \(format), and this program reads \(BookExport.format)")
        }
        owner = newOwner ?? name
        let renaming = owner == name ? nil : Renaming(old: name, new: owner)
        var replay = JournalReplay(book: Book(owner: owner), keys: JournalKeys(owner))
        var commits: [Commit] = []
        var tasks: Set<TaskID> = []
        var isOver = false
        for index in lines.indices.dropFirst() {
            let value = try value(index)
            if isOver { throw .line(index + 1, reason: "something follows the counts") }
            if let commit = value["commit"] {
                guard tasks.isEmpty else { throw .line(index + 1, reason: "a commit after a task") }
                let read = try BookFile.commit(commit, index + 1, replay.book.head + 1, renaming)
                if let fault = replay.apply(read.record) { throw .line(index + 1, reason: fault.reason) }
                commits.append(read)
            } else if let stored = value["task"] {
                guard let read = TaskItem(stored: stored) else { throw .line(index + 1, reason: "no task") }
                let task = renaming?.renamed(read) ?? read
                guard tasks.insert(task.id).inserted, replay.book.task(task.id) == task else {
                    throw .line(index + 1, reason: "a task that the commits do not lead to")
                }
            } else {
                counts = TransferCounts(commits: commits.count, changes: replay.book.head, tasks: replay.book.count)
                guard tasks.count == counts.tasks, value == (try? JSONValue(parsing: counts.line)) else {
                    throw .line(index + 1, reason: "not the counts of what is before it")
                }
                isOver = true
            }
        }
        guard isOver else { throw .line(lines.count, reason: "the file ends before its counts") }
        self.commits = commits
    }

    private static func commit(
        _ value: JSONValue,
        _ line: Int,
        _ sequence: Int,
        _ renaming: Renaming?
    ) throws(TransferError) -> Commit {
        do throws(TaskError) {
            let document = value.serialized()
            let record = try CommitRecord(decoding: document, sequence: sequence, key: "the commit")
            guard let renaming else { return Commit(record: record, document: document) }
            let renamed = renaming.renamed(record)
            return Commit(record: renamed, document: renamed.encoded(format: value["v"]?.intValue ?? 0))
        } catch {
            throw .line(line, reason: "\(error)")
        }
    }
}

/// Renames the owner of a book.
private struct Renaming {
    let old: OwnerID
    let new: OwnerID

    func renamed(_ task: TaskItem) -> TaskItem {
        guard task.userID == old else { return task }
        var task = task
        task.userID = new
        return task
    }

    func renamed(_ record: CommitRecord) -> CommitRecord {
        var record = record
        // The hashes cover the old name, so the new owner's first own commit starts a new chain.
        record.hash = nil
        for index in record.entries.indices {
            if record.entries[index].change.actor == old { record.entries[index].change.actor = new }
            record.entries[index].task = record.entries[index].task.map(renamed)
            record.entries[index].salt = nil
        }
        return record
    }
}
