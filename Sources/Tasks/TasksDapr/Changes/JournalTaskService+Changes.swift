internal import Dapr
import DaprText
package import Tasks

extension JournalTaskService {
    package func changes(
        since sequence: Int,
        limit: Int,
        owner: OwnerID,
        trace: CallerTrace?
    ) async throws(TaskError) -> ChangePage {
        let (head, reader) = try await confirmed(owner, trace) { book in book.head }
        if sequence == head { return ChangePage(changes: [], head: head) }
        guard sequence < head else { throw .changesGone(head: head) }
        let events: [TaskEvent]
        do throws(JournalFailure) {
            events = try await reader.events(
                of: owner,
                from: sequence + 1,
                limit: limit,
                bytes: PageBytes.limit,
                through: head
            )
        } catch {
            throw journal.readError(error)
        }
        // The journal reaches further, so a missing change was removed.
        guard events.first?.change.sequence == sequence + 1 else { throw .changesGone(head: head) }
        var bytes = 0
        // As many changes as fit on a page, and at least one.
        let fitting = events.prefix(limit).prefix { event in
            let own = event.task.approximateBytes + event.change.approximateBytes
            defer { bytes += own }
            return bytes == 0 || bytes + own <= PageBytes.limit
        }
        let changes = fitting.map(RecordedChange.init)
        return ChangePage(changes: changes, head: max(head, changes.last?.change.sequence ?? head))
    }

    package func history(
        of id: TaskID,
        cursor: String?,
        limit: Int,
        owner: OwnerID,
        trace: CallerTrace?
    ) async throws(TaskError) -> HistoryPage {
        let start = try cursor.map { text throws(TaskError) in try HistoryCursor(text) }
        let ((head, last), reader) = try await confirmed(owner, trace) { book in (book.head, book.lastCommit(of: id)) }
        do throws(JournalFailure) {
            var commit = start?.commit ?? last
            if commit == 0 { commit = try await reader.deletion(of: id, before: head) ?? 0 }
            guard commit > 0 else { throw .book(.notFound(id)) }
            return try await reader.history(
                of: id,
                owner: owner,
                from: HistoryCursor(commit: commit, before: start?.before ?? .max),
                limit: limit
            )
        } catch {
            if case .book(.notFound(let id)) = error { throw .notFound(id) }
            throw journal.readError(error)
        }
    }

    /// Looks at a book that includes every commit made before the question.
    private func confirmed<Value: Sendable>(
        _ owner: OwnerID,
        _ trace: CallerTrace?,
        _ look: (Book) -> Value
    ) async throws(TaskError) -> (Value, JournalReader) {
        let value = try await self.look(at: owner, trace: trace) { book, _ throws(TaskError) in look(book) }
        return (value, journal.reader(of: owner, trace: trace))
    }
}

/// A position in the history of a task: its changes before the sequence `before`, the newest of which are in `commit`.
struct HistoryCursor {
    let commit: Int
    let before: Int

    init(commit: Int, before: Int) {
        self.commit = commit
        self.before = before
    }

    /// - Throws: ``TaskError/invalid(_:)`` when the text is no cursor.
    init(_ text: String) throws(TaskError) {
        let parts = text.splitBytes(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let commit = parts[0], let before = parts[1], commit > 0, before > 0 else {
            throw .invalid([.invalidCursor])
        }
        self.init(commit: commit, before: before)
    }

    var text: String { "\(commit)-\(before)" }
}

extension JournalReader {
    private static let sequencesPerRead = 1024

    /// The commit that deleted a task; `nil` when it is not among the last changes.
    fileprivate func deletion(of id: TaskID, before head: Int) async throws(JournalFailure) -> Int? {
        var end = head
        let stop = max(0, head - HistoryPage.deletionSearch)
        while end > stop {
            let window = max(stop + 1, end - JournalReader.sequencesPerRead + 1)...end
            for (sequence, entry) in try await starts(in: window).reversed() {
                let record = try decoded(entry, sequence)
                if record.entries.contains(where: { $0.change.taskID == id && $0.change.kind == .deleted }) {
                    return sequence
                }
            }
            end = window.lowerBound - 1
        }
        return nil
    }

    /// Follows a task's changes back; each commit names the one before.
    fileprivate func history(
        of id: TaskID,
        owner: OwnerID,
        from cursor: HistoryCursor,
        limit: Int
    ) async throws(JournalFailure) -> HistoryPage {
        var changes: [RecordedChange] = []
        var bytes = 0
        var commit = cursor.commit
        // The history ends early where commits were removed.
        while commit > 0, let record = try await self.commit(at: commit) {
            let own = record.entries.filter { $0.change.taskID == id }
            guard let oldest = own.first else { break }
            if oldest.task == nil { return try await replayedHistory(of: id, owner, cursor, limit) }
            for entry in own.reversed() where entry.change.sequence < cursor.before {
                guard let task = entry.task else { continue }
                if changes.count == limit || bytes >= PageBytes.limit, let last = changes.last {
                    let next = HistoryCursor(commit: commit, before: last.change.sequence)
                    return HistoryPage(changes: changes, nextCursor: next.text)
                }
                changes.append(RecordedChange(change: entry.change, task: task))
                bytes += task.approximateBytes + entry.change.approximateBytes
            }
            let previous = oldest.change.previous
            // A record must name an earlier commit; otherwise this loop might not end.
            guard previous < commit else { break }
            // A journal that began in the first format does not name the commit of a task's previous change.
            if previous == 0, oldest.change.kind != .created {
                return try await replayedHistory(of: id, owner, cursor, limit)
            }
            commit = previous
        }
        return HistoryPage(changes: changes, nextCursor: nil)
    }

    /// The same from a journal that is, or begins, in the first format: reads all of it.
    private func replayedHistory(
        of id: TaskID,
        _ owner: OwnerID,
        _ cursor: HistoryCursor,
        _ limit: Int
    ) async throws(JournalFailure) -> HistoryPage {
        let events = try await replayedEvents(of: owner, from: 1, limit: .max)
        let own = events.filter { $0.change.taskID == id && $0.change.sequence < cursor.before }.reversed()
        var bytes = 0
        let fitting = own.prefix(limit).prefix { event in
            defer { bytes += event.task.approximateBytes + event.change.approximateBytes }
            return bytes < PageBytes.limit
        }
        let changes = fitting.map { RecordedChange(change: $0.change, task: $0.task) }
        let next =
            own.count > changes.count
            ? changes.last.map { HistoryCursor(commit: $0.change.commit, before: $0.change.sequence) } : nil
        return HistoryPage(changes: changes, nextCursor: next?.text)
    }
}
