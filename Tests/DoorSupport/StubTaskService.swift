import JSON
import Synchronization
import TaskJSON
package import Tasks

/// The domain's own `decide` and `apply` over books in memory, with failures on demand.
package final class StubTaskService: TaskService {
    private let state = Mutex(State())

    package init() {}

    private struct State {
        var books: [OwnerID: Book] = [:]
        var recorded: [OwnerID: [RecordedChange]] = [:]
        var failure: TaskError?
        var contexts: [CommandContext] = []
        var documents = 0
        var time: Int64 = 1_767_323_045_678
        var nextID: UInt64 = 0
    }

    /// Lets every later call fail, or, with nil, work again.
    package func fail(with error: TaskError?) { state.withLock { $0.failure = error } }

    /// The contexts of all commands so far.
    package var contexts: [CommandContext] { state.withLock { $0.contexts } }

    /// How many documents were read.
    package var documentReads: Int { state.withLock { $0.documents } }

    package func changes(
        since sequence: Int,
        limit: Int,
        owner: OwnerID,
        trace: String?
    ) async throws(TaskError) -> ChangePage {
        try result { state throws(TaskError) in
            if let failure = state.failure { throw failure }
            let all = state.recorded[owner] ?? []
            guard sequence <= all.count else { throw .changesGone(head: all.count) }
            return ChangePage(changes: Array(all.dropFirst(sequence).prefix(limit)), head: all.count)
        }
    }

    package func history(
        of id: TaskID,
        cursor: String?,
        limit: Int,
        owner: OwnerID,
        trace: String?
    ) async throws(TaskError) -> HistoryPage {
        try result { state throws(TaskError) in
            if let failure = state.failure { throw failure }
            let all = (state.recorded[owner] ?? []).filter { $0.change.taskID == id }.reversed()
            guard !all.isEmpty else { throw .notFound(id) }
            let skipped = cursor.flatMap { Int($0) } ?? 0
            let rest = all.dropFirst(skipped)
            let next = rest.count > limit ? "\(skipped + limit)" : nil
            return HistoryPage(changes: Array(rest.prefix(limit)), nextCursor: next)
        }
    }

    package func perform(
        _ command: TaskCommand,
        owner: OwnerID,
        context: CommandContext
    ) async throws(TaskError) -> CommandResult {
        try result { state throws(TaskError) in
            state.contexts.append(context)
            if let failure = state.failure { throw failure }
            var book = state.books[owner] ?? Book(owner: owner)
            state.time += 1
            state.nextID += 1
            let now = Timestamp(clamping: state.time)
            let checked = try CheckedCommand(command)
            if let use = try book.firstUse(by: checked, context: context, now: now) {
                let task = book.task(use.taskID)
                return CommandResult(
                    task: task,
                    document: Self.document(task),
                    created: false,
                    sequence: use.sequence,
                    replayed: true
                )
            }
            let id = UUIDv7(time: now, random: (0, state.nextID)).id
            let changes = try decide(book, checked, context: context, now: now, newID: id)
            for change in changes {
                let old = book.task(change.taskID)
                apply(change, to: &book)
                guard let task = book.task(change.taskID) ?? old else { continue }
                state.recorded[owner, default: []].append(RecordedChange(change: change, task: task))
            }
            state.books[owner] = book
            let task = book.task(changes.first?.taskID ?? command.taskID ?? id)
            return CommandResult(
                task: task,
                document: Self.document(task),
                created: changes.first?.kind == .created,
                sequence: book.head
            )
        }
    }

    package func document(_ id: TaskID, owner: OwnerID, trace: String?) async throws(TaskError) -> TaskDocument {
        try result { state throws(TaskError) in
            state.documents += 1
            if let failure = state.failure { throw failure }
            guard let task = state.books[owner]?.task(id) else { throw .notFound(id) }
            return TaskDocument(bytes: Self.document(task), version: task.version)
        }
    }

    package func list(_ query: TaskQuery, owner: OwnerID, trace: String?) async throws(TaskError) -> TaskPage {
        try result { state throws(TaskError) in
            if let failure = state.failure { throw failure }
            return try (state.books[owner] ?? Book(owner: owner)).page(query)
        }
    }

    /// A blank before the text, so that a test sees whether the stored bytes are passed through.
    private static func document(_ task: TaskItem?) -> [UInt8] {
        task.map { Array(" ".utf8) + $0.json.serialized() } ?? []
    }

    private func result<Value: Sendable>(
        _ work: (inout sending State) throws(TaskError) -> Value
    ) throws(TaskError) -> Value {
        let outcome: Result<Value, TaskError> = state.withLock { state in
            do throws(TaskError) {
                return .success(try work(&state))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}
