extension TaskService {
    /// Carries out a command; it is durable when this returns, unless it was only tried.
    ///
    /// Changes that are to be merged, and whose tasks were changed since, get the tasks as they were from their histories.
    package func perform(
        _ command: TaskCommand,
        owner: OwnerID,
        context: CommandContext
    ) async throws(TaskError) -> CommandResult {
        guard context.conditions.values.contains(where: { $0.otherwise == .merge }) else {
            return try await carryOut(command, owner: owner, context: context)
        }
        var context = context
        // The command may go to the end of the queue again: its place is sure when it is done.
        let whenQueued = context.whenQueued
        context.whenQueued = nil
        defer { whenQueued?() }
        while true {
            let needs: [JournalNeed]
            do throws(TaskError) {
                return try await carryOut(command, owner: owner, context: context)
            } catch {
                guard case .journalNeeded(let found) = error else { throw error }
                needs = found
            }
            // Each asks once, and gets what there is; so this ends.
            var bases: [MergeBase: TaskItem?] = [:]
            for need in needs {
                guard let condition = context.conditions[need.operation], condition.otherwise == .merge else {
                    throw .journalNeeded(needs)
                }
                var base: TaskItem?
                if case .task(let id)? = command.operations[need.operation].target {
                    let wanted = MergeBase(id: id, version: condition.version)
                    base =
                        if let known = bases[wanted] {
                            known
                        } else {
                            try await task(wanted, among: need.changes, owner: owner, trace: context.trace)
                        }
                    bases[wanted] = .some(base)
                }
                context.conditions[need.operation]?.otherwise = .mergeFrom(base)
            }
        }
    }

    /// The task as it was at a version; `nil` when it never was, or that is not kept any more.
    private func task(
        _ wanted: MergeBase,
        among changes: Int,
        owner: OwnerID,
        trace: CallerTrace?
    ) async throws(TaskError) -> TaskItem? {
        var cursor: String?
        var read = 0
        // Others may have changed it since that number was told.
        var size = min(changes + 4, 200)
        while read < MergeBase.changeLimit {
            let page: HistoryPage
            do throws(TaskError) {
                page = try await history(
                    of: wanted.id,
                    cursor: cursor,
                    limit: size,
                    owner: owner,
                    trace: trace
                )
            } catch {
                if case .notFound = error { return nil }
                throw error
            }
            for recorded in page.changes where recorded.change.version <= wanted.version {
                let isIt = recorded.change.version == wanted.version && recorded.change.kind != .deleted
                return isIt ? recorded.task : nil
            }
            guard let next = page.nextCursor else { return nil }
            cursor = next
            read += page.changes.count
            size = 200
        }
        return nil
    }
}

/// A version of a task that a change is based on.
private struct MergeBase: Hashable {
    /// How many of a task's last changes are looked through for a version.
    static let changeLimit = 1000

    let id: TaskID
    let version: Int
}
