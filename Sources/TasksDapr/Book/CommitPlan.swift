internal import Dapr
internal import TaskJSON
internal import Tasks

/// What a batch of commands comes to, each decided on the book as the earlier ones leave it.
struct CommitPlan: Sendable {
    /// What a command comes to when the commit is written.
    struct Outcome: Sendable {
        let member: WaitingCommand
        private(set) var result: Result<Effect, TaskError>

        mutating func resolve(_ task: Result<TaskItem?, TaskError>) {
            result = result.flatMap { effect in
                task.map {
                    Effect(task: $0, created: effect.created, sequence: effect.sequence, repeated: effect.repeated)
                }
            }
        }
    }

    /// The task a command leaves.
    struct Effect: Sendable {
        let task: TaskItem?
        let created: Bool
        let sequence: Int
        /// What the first command with the same idempotency key did, when this one repeats it.
        var repeated: KeyUse?
        /// Whether the task is as that command left it.
        var isFirstAnswer = true
    }

    private(set) var outcomes: [Outcome] = []
    /// Commands for which the commit had no room.
    private(set) var leftover: [WaitingCommand] = []
    private(set) var changes: [TaskChange] = []
    private(set) var events: [TaskEvent] = []
    let time: Timestamp
    let clock: Timestamp
    let published: Int
    /// The commit that the book ends with.
    private let earlier: CommitMark?

    /// Decides a batch on a book; the first command is always taken.
    init(
        _ members: [WaitingCommand],
        on book: Book,
        after earlier: CommitMark?,
        published: Int,
        configuration: JournalConfiguration,
        now: Timestamp,
        clock: Timestamp?,
        newID: () -> TaskID
    ) {
        time = max(now, book.time)
        self.clock = max(clock ?? time, book.clock)
        self.earlier = earlier
        self.published = published
        var draft = BookDraft(of: book, textLimit: configuration.bookTextBytes)
        var textBytes = 0
        for (index, member) in members.enumerated() {
            if textBytes > configuration.commitTextBytes {
                leftover = Array(members[index...])
                break
            }
            let result: Result<Effect, TaskError>
            do throws(TaskError) {
                let effect = try decide(member, &draft, newID)
                result = .success(effect)
                textBytes += 2 * (effect.task?.approximateBytes ?? 0) + (changes.last?.before.approximateBytes ?? 0)
            } catch {
                result = .failure(error)
            }
            outcomes.append(Outcome(member: member, result: result))
        }
    }

    private mutating func decide(
        _ member: WaitingCommand,
        _ draft: inout BookDraft,
        _ newID: () -> TaskID
    ) throws(TaskError) -> Effect {
        let isCreate = if case .create = member.checked.command { true } else { false }
        if let use = try draft.firstUse(by: member.checked, context: member.context, now: clock) {
            let task = draft.task(use.taskID)
            return Effect(
                task: task,
                created: isCreate,
                sequence: use.sequence,
                repeated: use,
                isFirstAnswer: task?.version == use.version && draft.lastCommit(of: use.taskID) == use.commit
            )
        }
        let id = member.checked.command.taskID ?? newID()
        let decided = try Tasks.decide(
            draft,
            member.checked,
            context: member.context,
            now: time,
            clock: clock,
            newID: id
        )
        for change in decided {
            let old = draft.task(change.taskID)
            draft.apply(change)
            if let task = draft.task(change.taskID) ?? old {
                events.append(TaskEvent(owner: draft.owner, change: change, task: task))
            }
        }
        changes += decided
        return Effect(task: draft.task(id), created: isCreate, sequence: draft.head)
    }

    /// The commit that writes the changes; nil when nothing changes.
    func commit(id: String, keys: JournalKeys) -> Commit? {
        guard let first = changes.first else { return nil }
        let record = CommitRecord(
            id: id,
            sequence: first.sequence,
            time: time,
            clock: clock,
            published: published,
            after: earlier?.id,
            entries: events.map { JournalEntry(change: $0.change, task: $0.task) }
        )
        // The record's key is the lock: whoever writes it first has this place in the journal.
        var operations: [StateOperation] = [
            .upsert(
                StateItem(
                    key: keys.commit(first.sequence),
                    value: record.encoded(documents: events.map(\.document)),
                    concurrency: .firstWrite
                )
            )
        ]
        var written: Set<TaskID> = []
        var documents: [TaskID: [UInt8]] = [:]
        for event in events.reversed() where event.change.changesFields {
            guard written.insert(event.change.taskID).inserted else { continue }
            let key = keys.task(event.change.taskID)
            if event.change.kind == .deleted {
                operations.append(.delete(key))
            } else {
                documents[event.change.taskID] = event.document
                operations.append(.upsert(StateItem(key: key, value: event.document)))
            }
        }
        return Commit(record: record, operations: operations, events: events, documents: documents)
    }

    /// The answers, when the commit is written or there is none to write.
    func answers(_ commit: Commit?) -> [(member: WaitingCommand, result: Result<CommandResult, TaskError>)] {
        let versions = Dictionary(
            (commit?.events ?? []).map { ($0.change.taskID, $0.task.version) },
            uniquingKeysWith: { $1 }
        )
        return outcomes.map { outcome in
            let result = outcome.result.map { effect in
                var document: [UInt8] = []
                if let task = effect.task {
                    let stored = versions[task.id] == task.version ? commit?.documents[task.id] : nil
                    document = stored ?? task.document
                }
                return CommandResult(
                    task: effect.task,
                    document: document,
                    created: effect.created,
                    sequence: effect.sequence,
                    replayed: effect.repeated != nil
                )
            }
            return (outcome.member, result)
        }
    }

    /// The repeats among the commands whose first answer is not what the book has now, and must be read from the journal.
    var repeatsToRead: [(place: Int, use: KeyUse)] {
        outcomes.enumerated().compactMap { place, outcome in
            guard case .success(let effect) = outcome.result, let use = effect.repeated, !effect.isFirstAnswer else {
                return nil
            }
            return (place, use)
        }
    }

    /// Puts in what the journal told about a repeat.
    mutating func resolve(_ place: Int, _ result: Result<TaskItem?, TaskError>) {
        outcomes[place].resolve(result)
    }
}

/// Everything one transaction writes.
struct Commit: Sendable {
    let record: CommitRecord
    let operations: [StateOperation]
    let events: [TaskEvent]
    /// The tasks as they are written.
    let documents: [TaskID: [UInt8]]
}
