import DaprJSON
import Synchronization
import TaskJSON
package import Tasks

/// The domain's own `decide` and `apply` over books in memory, with failures on demand.
package final class StubTaskService: TaskService {
    package let live: LiveChanges
    private let state: Mutex<State>
    private let passed: Passed

    package init() {
        let passed = Passed()
        self.passed = passed
        let began = ContinuousClock.now
        live = LiveChanges(clock: { began + passed.time.withLock { $0 } })
        state = Mutex(State())
    }

    /// The time that tests let go by; no other does.
    private final class Passed: Sendable {
        let time = Mutex(Duration.zero)
    }

    /// Lets time go by for those who wait for changes.
    package func pass(_ time: Duration) {
        passed.time.withLock { $0 += time }
        live.dismissLate()
    }

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
        trace: CallerTrace?
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
        trace: CallerTrace?
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

    package func carryOut(
        _ command: TaskCommand,
        owner: OwnerID,
        context: CommandContext
    ) async throws(TaskError) -> CommandResult {
        try result { state throws(TaskError) in
            state.contexts.append(context)
            if let failure = state.failure { throw failure }
            var book = state.books[owner] ?? Book(owner: owner)
            state.time += 1
            let now = Timestamp(clamping: state.time)
            let checked = try CheckedCommand(command)
            var draft = BookDraft(of: book)
            let decision = try decide(&draft, checked, context: context, now: now) {
                state.nextID += 1
                return UUIDv7(time: now, random: (0, state.nextID)).id
            }
            if let use = decision.repeated {
                let told = (state.recorded[owner] ?? []).filter { use.changes.contains($0.change.sequence) }
                return CommandResult(
                    outcomes: (DecidedOutcome.all(of: told) ?? []).map {
                        TaskOutcome($0, document: Self.document($0.task))
                    },
                    changes: use.changes,
                    sequence: use.sequence,
                    replayed: true
                )
            }
            if context.isTrial {
                return CommandResult(
                    outcomes: decision.outcomes.map { TaskOutcome($0, document: Self.document($0.task)) },
                    changes: nil,
                    sequence: book.head
                )
            }
            for recorded in decision.changes { apply(recorded.change, to: &book) }
            state.recorded[owner, default: []] += decision.changes
            live.note(decision.changes, of: owner)
            state.books[owner] = book
            return CommandResult(
                outcomes: decision.outcomes.map { TaskOutcome($0, document: Self.document($0.task)) },
                changes: decision.changes.first?.change.command,
                sequence: book.head
            )
        }
    }

    package func document(_ id: TaskID, owner: OwnerID, trace: CallerTrace?) async throws(TaskError) -> TaskDocument {
        try result { state throws(TaskError) in
            state.documents += 1
            if let failure = state.failure { throw failure }
            guard let task = state.books[owner]?.task(id) else { throw .notFound(id) }
            return TaskDocument(bytes: Self.document(task), version: task.version)
        }
    }

    package func look<Value: Sendable>(
        at owner: OwnerID,
        trace: CallerTrace?,
        _ look: (Book, _ revision: String) throws(TaskError) -> Value
    ) async throws(TaskError) -> Value {
        try result { state throws(TaskError) in
            if let failure = state.failure { throw failure }
            let book = state.books[owner] ?? Book(owner: owner)
            return try look(book, "\(book.head)")
        }
    }

    package func book(
        of owner: OwnerID,
        asOf moment: Moment,
        trace: CallerTrace?
    ) async throws(TaskError) -> PastBook {
        try result { state throws(TaskError) in
            if let failure = state.failure { throw failure }
            let changes = (state.recorded[owner] ?? []).map(\.change)
            let end: Int
            switch moment {
            case .sequence(let sequence):
                guard sequence <= changes.count else { throw .invalid([.afterTheEnd(changes.count)]) }
                end = sequence
            case .time(let time): end = changes.last { $0.time <= time }?.sequence ?? 0
            }
            var book = Book(owner: owner)
            for change in changes.prefix(end) { apply(change, to: &book) }
            return PastBook(book: book, revision: "\(end)", isSettled: moment == .sequence(end) || end < changes.count)
        }
    }

    package func document(
        _ id: TaskID,
        asOf moment: Moment,
        owner: OwnerID,
        trace: CallerTrace?
    ) async throws(TaskError) -> PastDocument {
        let past = try await book(of: owner, asOf: moment, trace: trace)
        guard let task = past.book.task(id) else { throw .notFound(id) }
        return PastDocument(
            document: TaskDocument(bytes: Self.document(task), version: task.version),
            sequence: past.book.head,
            isSettled: past.isSettled
        )
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
