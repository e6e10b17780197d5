package import Tasks

extension TaskCommand {
    /// That each task that it names is at a version when it first finds it; nil is that it does not matter.
    package func expecting(_ version: Int?) -> [Int: TaskCondition] {
        guard let version else { return [:] }
        var seen: Set<TaskTarget> = []
        var conditions: [Int: TaskCondition] = [:]
        for (index, operation) in operations.enumerated() {
            guard let target = operation.target, seen.insert(target).inserted else { continue }
            conditions[index] = TaskCondition(version: version)
        }
        return conditions
    }
}
