package import Tasks

extension TaskCommand {
    /// That every task it names is at a version; nil is that it does not matter.
    package func expecting(_ version: Int?) -> [TaskID: Int] {
        guard let version else { return [:] }
        return Dictionary(operations.compactMap(\.taskID).map { ($0, version) }, uniquingKeysWith: { $1 })
    }
}
