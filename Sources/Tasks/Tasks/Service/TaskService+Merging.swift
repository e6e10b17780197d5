extension TaskService {
    /// Carries out a command; it is durable when this returns, unless it was only tried.
    ///
    /// A change that is to be merged, and whose task was changed since, gets the task as it was from the task's history.
    package func perform(
        _ command: TaskCommand,
        owner: OwnerID,
        context: CommandContext
    ) async throws(TaskError) -> CommandResult {
        var context = context
        while true {
            let index: Int
            do throws(TaskError) {
                return try await carryOut(command, owner: owner, context: context)
            } catch {
                guard case .journalNeeded(let operation) = error else { throw error }
                index = operation
            }
            // Only a change that is to be merged asks for it, and once; so this ends.
            guard let condition = context.conditions[index], condition.otherwise == .merge,
                case .task(let id)? = command.operations[index].target
            else { throw .journalNeeded(operation: index) }
            let base = try await task(id, at: condition.version, owner: owner, trace: context.trace)
            context.conditions[index]?.otherwise = .mergeFrom(base)
        }
    }

    /// The task as it was at a version; `nil` when it never was, or that is not kept any more.
    private func task(
        _ id: TaskID,
        at version: Int,
        owner: OwnerID,
        trace: CallerTrace?
    ) async throws(TaskError) -> TaskItem? {
        var cursor: String?
        for _ in 0..<HistoryPage.versionSearchPages {
            let page: HistoryPage
            do throws(TaskError) {
                page = try await history(of: id, cursor: cursor, limit: 200, owner: owner, trace: trace)
            } catch {
                if case .notFound = error { return nil }
                throw error
            }
            for recorded in page.changes where recorded.change.version <= version {
                let isIt = recorded.change.version == version && recorded.change.kind != .deleted
                return isIt ? recorded.task : nil
            }
            guard let next = page.nextCursor else { return nil }
            cursor = next
        }
        return nil
    }
}

extension HistoryPage {
    /// How many pages of a task's history are read to find a version.
    fileprivate static let versionSearchPages = 5
}
