internal import Dapr
internal import TaskJSON
internal import Tasks

/// What a batch of commands comes to, each decided on the book as the earlier ones leave it.
struct CommitPlan: Sendable {
    /// What a command comes to when the commit is written.
    struct Outcome: Sendable {
        let member: WaitingCommand
        fileprivate(set) var result: Result<Effect, TaskError>
    }

    /// What a command that is not refused leads to.
    struct Effect: Sendable {
        /// What each of its operations comes to; none of a repeat whose answer must be read from the journal.
        var outcomes: [DecidedOutcome]
        /// The sequences of its changes; nil when it changes nothing.
        let changes: ClosedRange<Int>?
        /// The last of them, or of the book's.
        let sequence: Int
        /// What the first command with the same idempotency key did, when this one repeats it.
        var repeated: KeyUse?
        /// The task as it is now, of a repeat of a single change, for when the journal does not tell how it was left.
        var current: TaskItem?
    }

    private(set) var outcomes: [Outcome] = []
    /// Commands for which the commit had no room.
    private(set) var leftover: [WaitingCommand] = []
    /// The changes, with the tasks they leave.
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
            let size = member.checked.command.operations.count
            // A command is whole in one commit; the first has room, since the limit of a command is below that of a commit.
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
                let own = decision.commitBytes
                if let before, textBytes + own > configuration.commitTextBytes {
                    // By itself it may have room.
                    if !events.isEmpty {
                        leftover = Array(members[index...])
                        break
                    }
                    draft = before
                    throw CommitPlan.tooLong(own, configuration)
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

    private static func tooLong(_ bytes: Int, _ configuration: JournalConfiguration) -> TaskError {
        let limit = configuration.commitTextBytes
        let wanted = "Give fewer operations: their texts take \(bytes) bytes, and a commit has room for \(limit)."
        return .invalid([FieldFault("operations", .tooLong, wanted)])
    }

    private func effect(of decision: Decision, _ member: WaitingCommand, _ draft: BookDraft) -> Effect {
        guard let use = decision.repeated else {
            let own = decision.changes.first?.change.command
            return Effect(outcomes: decision.outcomes, changes: own, sequence: own?.upperBound ?? draft.head)
        }
        let task = draft.task(use.taskID)
        // What comes with its repeat is not in the journal yet.
        var outcomes = events.filter { use.changes.contains($0.change.sequence) }.map {
            DecidedOutcome(RecordedChange(change: $0.change, task: $0.task))
        }
        // The journal is not asked about a task that is as the first command left it.
        if use.count == 1, outcomes.isEmpty, let task, task.version == use.version,
            draft.lastCommit(of: use.taskID) == use.commit
        {
            outcomes = [DecidedOutcome(task: task, created: member.checked.command.beginsWithCreate)]
        }
        return Effect(
            outcomes: outcomes,
            changes: use.changes,
            sequence: use.changes.upperBound,
            repeated: use,
            current: use.count == 1 ? task : nil
        )
    }

    /// The commit that writes the changes; nil when nothing changes.
    ///
    /// - Parameters:
    ///   - id: the record's identifier.
    ///   - keys: the owner's keys.
    ///   - format: the format to write it in, unless only a newer one holds it.
    ///   - server: by which name the server is known to others.
    /// - Returns: what to write.
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
        // The record's key is the lock: whoever writes it first has this place in the journal.
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

    /// The answers, when the commit is written or there is none to write.
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
                        let document = stored ?? outcome.task?.document ?? []
                        return TaskOutcome(task: outcome.task, document: document, created: outcome.created)
                    },
                    changes: effect.changes,
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
            guard case .success(let effect) = outcome.result, let use = effect.repeated, effect.outcomes.isEmpty else {
                return nil
            }
            return (place, use)
        }
    }

    /// Puts in what the journal told about a repeat.
    ///
    /// A commit of the first format does not tell, and one that was just taken back is not there: then a single task is told of as it is now, and
    /// of several nobody knows.
    ///
    /// - Parameters:
    ///   - place: which command it is.
    ///   - entries: those of the first command's commit; none when it is not there.
    mutating func resolve(_ place: Int, _ entries: [JournalEntry]) {
        guard case .success(var effect) = outcomes[place].result, let use = effect.repeated else { return }
        let told = entries.filter { use.changes.contains($0.change.sequence) }.compactMap { entry in
            entry.task.map { RecordedChange(change: entry.change, task: $0) }
        }
        if told.count == use.count {
            effect.outcomes = told.map(DecidedOutcome.init)
        } else if use.count == 1 {
            let created = outcomes[place].member.checked.command.beginsWithCreate
            let wasDeleted = entries.contains { $0.change.sequence == use.sequence && $0.change.kind == .deleted }
            effect.outcomes = [DecidedOutcome(task: wasDeleted ? nil : effect.current, created: created)]
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
    /// About how many bytes its changes take in a commit, where each task is written twice.
    fileprivate var commitBytes: Int {
        changes.reduce(0) { $0 + 2 * $1.task.approximateBytes + $1.change.before.approximateBytes }
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
