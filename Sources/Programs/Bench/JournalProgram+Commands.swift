import Tasks
import TasksDapr

extension JournalProgram {
    /// Commands of many operations, and undos, on a service that publishes nothing.
    func commands() async throws {
        let service = unpublished()
        for size in [1, 10, 100] {
            let owners = 4
            let start = ContinuousClock.now
            let counter = Counter()
            let perCommand = try await cost(callers: owners) { caller, number in
                // Books of one size whatever that of the batches: a snapshot looks at all of a book.
                try await create(size, "batch\(size)-\(caller)-\(number * size / 5000)", number, service)
                counter.add(size)
            }
            say("batch-\(size)-cpu \(perCommand)")
            say("batch-\(size)-rate \(Double(counter.value) / (start.duration(to: .now) / .seconds(1)))")
        }
        try await undos(service)
    }

    private func create(
        _ count: Int,
        _ owner: String,
        _ number: Int,
        _ service: JournalTaskService
    ) async throws {
        let owner = try ownerID(owner)
        let operations = (0..<count).map { place in
            var content = TaskContent(title: "Task \(number) \(place)")
            content.description = "Something to be done, as people write it."
            content.tags = ["a"]
            return TaskOperation.create(content, id: nil)
        }
        let context = CommandContext(actor: owner, channel: .rest)
        let made = try await service.perform(TaskCommand(operations), owner: owner, context: context)
        guard made.outcomes.count == count else { throw BenchmarkError.unreadable("\(made.outcomes.count) tasks") }
    }

    /// A change, and the same with its undo.
    private func undos(_ service: JournalTaskService) async throws {
        @Sendable func rename(_ caller: Int, _ number: Int, _ id: TaskID) async throws -> CommandResult {
            let owner = try ownerID("undo\(caller)")
            var patch = TaskPatch()
            patch.set(.title) { $0.title = "Renamed \(number)" }
            let context = CommandContext(actor: owner, channel: .rest)
            return try await service.perform(.patch(id, patch), owner: owner, context: context)
        }
        var made: [TaskID] = []
        for caller in 0..<16 {
            let owner = try ownerID("undo\(caller)")
            let context = CommandContext(actor: owner, channel: .rest)
            let created = try await service.perform(
                .create(TaskContent(title: "Task"), id: nil),
                owner: owner,
                context: context
            )
            guard let id = created.task?.id else { throw BenchmarkError.unreadable("no task") }
            made.append(id)
        }
        let ids = made
        let change = try await cost(callers: 16) { _ = try await rename($0, $1, ids[$0]) }
        let both = try await cost(callers: 16) { caller, number in
            // None of the titles of before.
            let renamed = try await rename(caller, -number, ids[caller])
            guard let command = renamed.undoable else { throw BenchmarkError.unreadable("not renamed") }
            let owner = try ownerID("undo\(caller)")
            let undone = try await service.undo(
                command,
                isForced: false,
                owner: owner,
                context: CommandContext(actor: owner, channel: .rest),
                now: .epoch
            )
            guard undone.undoable != nil else { throw BenchmarkError.unreadable("not undone") }
        }
        say("change-cpu \(change)")
        say("undo-cpu \(both - change)")
    }
}
