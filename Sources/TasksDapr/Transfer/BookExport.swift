package import Dapr
internal import JSON
package import Tasks

/// Writes one owner's book as lines of JSON: a header, each commit and each task as they are stored, and their counts.
///
///     {"export":1,"owner":"u1"}
///     {"commit":{"changes":[…],"id":"…","published":0,"sequence":1,"time":"…","v":2}}
///     {"task":{"completed":false,…,"version":1}}
///     {"changes":1,"commits":1,"tasks":1}
package struct BookExport: Sendable {
    /// The format of the file.
    static let format = 1
    private static let tasksPerRead = 100
    /// How often what was written meanwhile is read too.
    private static let rounds = 100

    private let owner: OwnerID
    private let reader: JournalReader

    /// Makes an export; it calls nothing yet.
    package init(dapr: DaprClient, store: StoreName, owner: OwnerID) {
        self.owner = owner
        reader = JournalReader(dapr: dapr, store: store, owner: owner)
    }

    /// Reads the book to its end and hands over the lines, without their line feeds.
    ///
    /// Commits are handed over as they are read, the tasks when nobody wrote since.
    package func run(_ write: ([UInt8]) -> Void) async throws(TransferError) -> TransferCounts {
        var replay = JournalReplay(book: Book(owner: owner), keys: reader.keys)
        var counts = TransferCounts()
        var documents: [TaskID: [UInt8]] = [:]
        write(JSONValue.object(["export": .integer(BookExport.format), "owner": .string(owner.rawValue)]).serialized())
        for _ in 0..<BookExport.rounds {
            var touched: Set<TaskID> = []
            while true {
                let commits = try await stored(from: replay.book.head + 1)
                if commits.isEmpty { break }
                for commit in commits {
                    if let fault = replay.apply(commit.record) { throw .unsound(key: fault.key, reason: fault.reason) }
                    write(BookExport.line("commit", commit.entry.value))
                    counts.commits += 1
                    for entry in commit.record.entries { touched.insert(entry.change.taskID) }
                }
            }
            if counts.commits == 0 { try await checkEmpty() }
            if touched.isEmpty {
                return try finish(replay.book, documents, counts, write)
            }
            for id in touched { documents[id] = nil }
            try await readTasks(touched.filter { replay.book.task($0) != nil }, &documents)
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

    private func stored(from sequence: Int) async throws(TransferError) -> [StoredCommit] {
        do throws(JournalFailure) {
            return try await reader.storedCommits(from: sequence)
        } catch {
            throw .journal(error)
        }
    }

    /// A journal without its first commit is empty, or has lost its beginning.
    private func checkEmpty() async throws(TransferError) {
        do throws(JournalFailure) {
            if try await reader.storedHead() == nil { return }
        } catch {
            throw .journal(error)
        }
        throw .noBeginning(owner)
    }

    private func readTasks(_ ids: [TaskID], _ documents: inout [TaskID: [UInt8]]) async throws(TransferError) {
        for start in stride(from: 0, to: ids.count, by: BookExport.tasksPerRead) {
            let part = ids[start..<min(start + BookExport.tasksPerRead, ids.count)]
            do throws(JournalFailure) {
                let found = try await reader.entries(part.map(reader.keys.task))
                for id in part { documents[id] = found[reader.keys.task(id)]?.value }
            } catch {
                throw .journal(error)
            }
        }
    }

    /// `{"name":value}` on one line: a line feed in JSON text is never part of a value.
    private static func line(_ name: StaticString, _ value: [UInt8]) -> [UInt8] {
        Array("{\"\(name)\":".utf8) + value.map { $0 == 10 || $0 == 13 ? 32 : $0 } + [UInt8(ascii: "}")]
    }
}

extension TransferCounts {
    /// The file's last line.
    var line: [UInt8] {
        JSONValue.object(["changes": .integer(changes), "commits": .integer(commits), "tasks": .integer(tasks)])
            .serialized()
    }
}
