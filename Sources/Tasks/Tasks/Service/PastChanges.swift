/// What a command did, and what happened to its tasks since.
struct PastChanges {
    /// How long after a command it can be undone, in milliseconds.
    private static let age: Int64 = 30 * 86_400_000
    /// How many changes after a command are looked through for what happened to its tasks.
    private static let laterLimit = 20_000
    /// How often an undo is decided again because the book has changed meanwhile.
    static let attempts = 8

    private let command: PastCommand
    private var changes: [RecordedChange] = []
    private var later: [TaskID: [TaskChange]] = [:]
    /// The commands since that take others back, by their sequences.
    private var undos: [(command: ClosedRange<Int>, undone: ClosedRange<Int>)] = []
    /// The sequence through which the changes are read.
    private(set) var end: Int

    init(of command: PastCommand) {
        self.command = command
        end = command.sequences.lowerBound - 1
    }

    /// When the command cannot be undone any more.
    var expiry: Timestamp { (changes.first?.change.clock ?? .epoch).advanced(byMilliseconds: Self.age) }

    /// Reads the changes to the last there is.
    ///
    /// - Throws: ``TaskError/undoGone`` when the command is not there, or too many changes ago.
    mutating func readOn(
        from feed: some ChangeFeed,
        _ owner: OwnerID,
        _ context: CommandContext
    ) async throws(TaskError) {
        while true {
            if let deadline = context.deadline, deadline <= .now { throw .deadlineExceeded }
            let page: ChangePage
            do throws(TaskError) {
                let limit = changes.count < command.sequences.count ? command.sequences.count : 1000
                page = try await feed.changes(since: end, limit: limit, owner: owner, trace: context.trace)
            } catch {
                if case .changesGone = error { throw .undoGone }
                throw error
            }
            guard page.head - command.sequences.upperBound <= Self.laterLimit else { throw .undoGone }
            for recorded in page.changes { take(recorded) }
            if end >= page.head || page.changes.isEmpty { break }
            // It is looked at before anything after it is read.
            if changes.count == command.sequences.count { try check() }
        }
        try check()
    }

    /// Takes the next change.
    mutating func take(_ recorded: RecordedChange) {
        end = recorded.change.sequence
        if end <= command.sequences.upperBound {
            changes.append(recorded)
            later[recorded.change.taskID] = []
        } else {
            later[recorded.change.taskID]?.append(recorded.change.withoutValues)
            if let undone = recorded.change.notes.undone, recorded.change.part.index == 0 {
                undos.append((recorded.change.command, undone))
            }
        }
    }

    /// The sequences of the later commands that were taken back, and of those that did it: who takes back one command
    /// after the other, the last first, finds each as its own undo left it.
    private var settled: Set<Int> {
        var settled: Set<Int> = []
        // The last first: an undo that was itself taken back settles nothing.
        for (command, undone) in undos.reversed()
        where undone.lowerBound > self.command.sequences.upperBound && !settled.contains(command.lowerBound) {
            settled.formUnion(command)
            settled.formUnion(undone)
        }
        return settled
    }

    private func check() throws(TaskError) {
        guard command.isCommand(of: changes.map(\.change)) else { throw .undoGone }
    }

    /// An operation for each task, the one that was changed last first.
    func undo(isForced: Bool) -> [TaskOperation] {
        var seen: Set<TaskID> = []
        var operations: [TaskOperation] = []
        let settled = settled
        for recorded in changes.reversed() where recorded.change.changesFields {
            let id = recorded.change.taskID
            guard seen.insert(id).inserted else { continue }
            let own = changes.filter { $0.change.taskID == id && $0.change.changesFields }
            // Nothing is left of a task that was created and deleted at once.
            if own.first?.change.kind == .created, recorded.change.kind == .deleted { continue }
            operations.append(
                .undo(
                    TaskUndo(
                        id: id,
                        command: command.sequences,
                        changes: own,
                        later: later[id] ?? [],
                        settled: settled,
                        end: end,
                        isForced: isForced
                    )
                )
            )
        }
        return operations
    }
}

extension TaskChange {
    /// The change with the names of its fields only, so that many take little room.
    fileprivate var withoutValues: TaskChange {
        var change = self
        change.before = TaskPatch(of: TaskContent(title: ""), only: before.fields)
        change.after = TaskPatch(of: TaskContent(title: ""), only: after.fields)
        return change
    }
}
