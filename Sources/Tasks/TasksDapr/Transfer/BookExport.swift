package import Dapr
internal import DaprJSON
internal import TaskJSON
package import Tasks

/// Writes one owner's book as lines of JSON: a header, each commit and each task as stored, and the counts.
///
///     {"export":1,"owner":"u1"}
///     {"commit":{"changes":[…],"id":"…","published":0,"sequence":1,"time":"…","v":2}}
///     {"task":{"completed":false,…,"version":1}}
///     {"changes":1,"commits":1,"tasks":1}
package struct BookExport: Sendable {
    /// The format of the file.
    static let format = 1
    /// The most rounds of reading; each later round reads what was written during the one before.
    private static let rounds = 100

    private let owner: OwnerID
    private let reader: JournalReader

    /// Creates an export; makes no call yet.
    package init(dapr: DaprClient, store: StateStoreName, owner: OwnerID) {
        self.owner = owner
        reader = JournalReader(dapr: dapr, store: store, owner: owner, watch: nil)
    }

    /// Reads the book to its end, and passes its lines to `write` without line feeds.
    ///
    /// Commits are passed on as they are read; the tasks follow once nobody has written during a round.
    package func run(_ write: ([UInt8]) -> Void) async throws(TransferError) -> TransferCounts {
        var replay = JournalReplay(book: Book(owner: owner), keys: reader.keys)
        var counts = TransferCounts()
        var documents: [TaskID: [UInt8]] = [:]
        var last: String?
        write(JSONValue.object(["export": .integer(BookExport.format), "owner": .string(owner.rawValue)]).serialized())
        for _ in 0..<BookExport.rounds {
            var touched: Set<TaskID> = []
            while true {
                let next = replay.book.head + 1
                let commits = try await failing(
                    as: TransferError.journal,
                    await reader.storedCommits(from: next, after: last)
                )
                guard let end = commits.last else { break }
                last = end.record.id
                for commit in commits {
                    if let fault = replay.apply(commit.record) { throw .unsound(key: fault.key, reason: fault.reason) }
                    write(BookExport.line("commit", commit.entry.value))
                    counts.commits += 1
                    for entry in commit.record.entries { touched.insert(entry.change.taskID) }
                }
            }
            // A journal without its first commit is either empty or has lost its beginning.
            if counts.commits == 0, try await failing(as: TransferError.journal, await reader.storedHead()) != nil {
                throw .noBeginning(owner)
            }
            if touched.isEmpty {
                return try finish(replay.book, documents, counts, write)
            }
            for id in touched { documents[id] = nil }
            let left = touched.filter { replay.book.task($0) != nil }
            let keys = left.map(reader.keys.task)
            let found = try await failing(as: TransferError.journal, await reader.entries(keys))
            for id in left {
                let key = reader.keys.task(id)
                let entry = try await failing(as: TransferError.journal, await reader.certain(found[key], key))
                documents[id] = entry?.value
            }
        }
        throw .busy(owner)
    }

    private func finish(
        _ book: Book,
        _ documents: [TaskID: [UInt8]],
        _ counts: TransferCounts,
        _ write: ([UInt8]) -> Void
    ) throws(TransferError) -> TransferCounts {
        var counts = counts
        counts.changes = book.head
        for task in book.tasksInOrder {
            let key = reader.keys.task(task.id).rawValue
            guard let bytes = documents[task.id] else { throw .unsound(key: key, reason: "it is missing") }
            guard (try? JSONValue(parsing: bytes)).flatMap(TaskItem.init(stored:)) == task else {
                throw .unsound(key: key, reason: "it is not as its changes left it")
            }
            write(BookExport.line("task", bytes))
            counts.tasks += 1
        }
        write(counts.line)
        return counts
    }

    /// `{"name":value}` on one line: a line feed in JSON text is never part of a value.
    private static func line(_ name: StaticString, _ value: [UInt8]) -> [UInt8] {
        Array("{\"\(name)\":".utf8) + value.map { $0 == 10 || $0 == 13 ? 32 : $0 } + [UInt8(ascii: "}")]
    }
}

extension TransferCounts {
    /// The last line of the file.
    var line: [UInt8] {
        JSONValue.object(["changes": .integer(changes), "commits": .integer(commits), "tasks": .integer(tasks)])
            .serialized()
    }
}
