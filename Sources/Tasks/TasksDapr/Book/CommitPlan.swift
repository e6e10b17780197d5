internal import Dapr
internal import TaskJSON
internal import Tasks

/// The results of a batch of commands, each decided on the book that the earlier ones leave.
struct CommitPlan: Sendable {
    /// The result of a command, provided that the commit is written.
    struct Outcome: Sendable {
        let member: WaitingCommand
        fileprivate(set) var result: Result<Effect, TaskError>
    }

    /// The effect of a command that is not refused.
    struct Effect: Sendable {
        /// The result of each operation; empty for a repeat whose answer must be read from the journal.
        var outcomes: [DecidedOutcome]
        /// The sequences of the command's changes; `nil` when it changes nothing.
        let changes: ClosedRange<Int>?
        /// The last of these sequences, or the book's last one.
        let sequence: Int
        /// The effect of the first command with the same idempotency key, if this one repeats it.
        var repeated: KeyUse?
        /// The present task, for a repeat of a single change whose result the journal does not hold.
        var current: TaskItem?
    }

    private(set) var outcomes: [Outcome] = []
    /// The commands that did not fit into the commit.
    private(set) var leftover: [WaitingCommand] = []
    /// The changes, each with the task after it.
    private(set) var events: [TaskEvent] = []
    let time: Timestamp
    let clock: Timestamp
    let published: Int
    /// The commit that the book ends with.
    private let earlier: CommitMark?

    /// Decides a batch on a book; the first command is never left over.
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
            let size = member.checked.command.operations.count
            // A command goes into one commit as a whole; the first one fits, because a command's limit is below that of
            // a commit.
            if events.count + size > CommitRecord.changeLimit {
                leftover = Array(members[index...])
                break
            }
            let before = size > 1 ? draft : nil
            let result: Result<Effect, TaskError>
            do throws(TaskError) {
                let decision = try Tasks.decide(
                    &draft,
                    member.checked,
                    context: member.context,
                    now: time,
                    clock: self.clock,
                    newID: newID
                )
                let own = decision.commitBytes(isKeyed: member.context.idempotencyKey != nil)
                if let before, textBytes + own > configuration.commitTextBytes {
                    // The command may fit into a commit of its own.
                    if textBytes > 0 {
                        leftover = Array(members[index...])
                        break
                    }
                    draft = before
                    throw CommitPlan.tooLong(decision, configuration)
                }
                textBytes += own
                events += decision.changes.map { TaskEvent(owner: draft.owner, change: $0.change, task: $0.task) }
                result = .success(effect(of: decision, member, draft))
            } catch {
                result = .failure(error)
            }
            outcomes.append(Outcome(member: member, result: result))
        }
    }

    private static func tooLong(_ decision: Decision, _ configuration: JournalConfiguration) -> TaskError {
        let limit = configuration.commitTextBytes
        var fitting = 0
        var bytes = 0
        for outcome in decision.outcomes {
            bytes += outcome.commitBytes
            if bytes <= limit { fitting += 1 }
        }
        return .commandTooLong(fitting: max(1, fitting), of: .bytes(bytes, limit: limit))
    }

    private func effect(of decision: Decision, _ member: WaitingCommand, _ draft: BookDraft) -> Effect {
        guard let use = decision.repeated else {
            let own = decision.changes.first?.change.command
            return Effect(outcomes: decision.outcomes, changes: own, sequence: own?.upperBound ?? draft.head)
        }
        // The changes of an original command in the same batch are not in the journal yet.
        let told = events.filter { use.changes.contains($0.change.sequence) }.map {
            RecordedChange(change: $0.change, task: $0.task)
        }
        let outcomes = DecidedOutcome.all(of: told) ?? []
        return Effect(
            outcomes: outcomes.count == member.checked.command.operations.count ? outcomes : [],
            changes: use.changes,
            sequence: use.changes.upperBound,
            repeated: use,
            current: use.count == 1 ? draft.task(use.taskID) : nil
        )
    }

    /// The commit that writes the changes; `nil` when nothing changes.
    ///
    /// - Parameters:
    ///   - id: The record's identifier.
    ///   - keys: The owner's keys.
    ///   - format: The format of the record, unless only a newer one can hold it.
    ///   - server: The name by which others know this server.
    /// - Returns: The commit to write.
    func commit(id: String, keys: JournalKeys, format: Int, by server: String) -> Commit? {
        guard let first = events.first?.change else { return nil }
        var record = CommitRecord(
            id: id,
            sequence: first.sequence,
            time: time,
            clock: clock,
            published: published,
            after: earlier?.id,
            entries: events.map { JournalEntry(change: $0.change, task: $0.task) }
        )
        let format = max(format, record.oldestFormat)
        if format > 2 { record.by = server }
        // The record's key is the lock: its first writer has this place in the journal.
        var operations: [StateOperation] = [
            .upsert(
                StateItem(
                    keys.commit(first.sequence),
                    json: record.encoded(format: format, documents: events.map(\.document)),
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
                operations.append(.upsert(StateItem(key, json: event.document)))
            }
        }
        return Commit(record: record, operations: operations, events: events, documents: documents)
    }

    /// The answers once the commit is written, or when there is none to write.
    func answers(_ commit: Commit?) -> [(member: WaitingCommand, result: Result<CommandResult, TaskError>)] {
        let versions = Dictionary(
            (commit?.events ?? []).map { ($0.change.taskID, $0.task.version) },
            uniquingKeysWith: { $1 }
        )
        return outcomes.map { outcome in
            let result = outcome.result.map { effect in
                CommandResult(
                    outcomes: effect.outcomes.map { outcome in
                        let stored = outcome.task.flatMap { task in
                            versions[task.id] == task.version ? commit?.documents[task.id] : nil
                        }
                        return TaskOutcome(outcome, document: stored ?? outcome.task?.document ?? [])
                    },
                    changes: effect.changes,
                    sequence: effect.sequence,
                    replayed: effect.repeated != nil
                )
            }
            return (outcome.member, result)
        }
    }

    /// The repeats whose first answer differs from the present book and must be read from the journal.
    var repeatsToRead: [(place: Int, use: KeyUse)] {
        outcomes.enumerated().compactMap { place, outcome in
            guard case .success(let effect) = outcome.result, let use = effect.repeated, effect.outcomes.isEmpty else {
                return nil
            }
            return (place, use)
        }
    }

    /// Sets the answer to a repeat from the journal.
    ///
    /// A commit in the first format lacks the tasks, and one that was just removed is missing. Then a repeat of a
    /// single change is answered with the present task, and one of several changes with an unknown outcome.
    ///
    /// - Parameters:
    ///   - place: The index of the command.
    ///   - entries: The entries of the first command's commit; empty when it is missing.
    mutating func resolve(_ place: Int, _ entries: [JournalEntry]) {
        guard case .success(var effect) = outcomes[place].result, let use = effect.repeated else { return }
        let own = entries.filter { use.changes.contains($0.change.sequence) }
        let told = own.compactMap { entry in entry.task.map { RecordedChange(change: entry.change, task: $0) } }
        let operations = outcomes[place].member.checked.command.operations.count
        if told.count == use.count, let outcomes = DecidedOutcome.all(of: told), outcomes.count == operations {
            effect.outcomes = outcomes
        } else if use.count == 1, told.isEmpty {
            let created = outcomes[place].member.checked.command.beginsWithCreate
            let change = own.first?.change
            let task = change?.kind == .deleted ? nil : effect.current
            effect.outcomes = [DecidedOutcome(task: task, change: change, created: created)]
        } else {
            outcomes[place].result = .failure(.outcomeUnknown)
            return
        }
        outcomes[place].result = .success(effect)
    }
}

extension TaskCommand {
    /// Whether its first operation creates a task.
    fileprivate var beginsWithCreate: Bool {
        if case .create? = operations.first { true } else { false }
    }
}

extension Decision {
    /// The approximate bytes of its changes in a commit; refusals are in it for repeats, which need a key.
    fileprivate func commitBytes(isKeyed: Bool) -> Int {
        outcomes.reduce(0) { $0 + ($1.refusal != nil && (!isKeyed || changes.isEmpty) ? 0 : $1.commitBytes) }
    }
}

extension DecidedOutcome {
    /// The approximate bytes of the outcome in a commit, which writes each task twice.
    ///
    /// They are those of the change or of its inverse, whichever takes more, so that what was taken can be undone.
    fileprivate var commitBytes: Int {
        if let refusal { return refusal.approximateBytes }
        guard let change else { return 0 }
        let (before, after) = (change.before.approximateBytes, change.after.approximateBytes)
        // A deletion has no task, and its inverse the one that was.
        guard let new = task?.approximateBytes else { return 2 * (320 + before) }
        if change.kind == .created { return 2 * new }
        return 2 * max(new, new - after + before) + max(before, after)
    }
}

/// The contents of one transaction.
struct Commit: Sendable {
    let record: CommitRecord
    let operations: [StateOperation]
    let events: [TaskEvent]
    /// The tasks as they are written.
    let documents: [TaskID: [UInt8]]
}
