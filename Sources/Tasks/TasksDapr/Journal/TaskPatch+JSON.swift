internal import DaprJSON
internal import TaskJSON
internal import Tasks

extension TaskPatch {
    /// Reads the fields back from a journal; `nil` when one is unknown or of the wrong kind.
    ///
    /// A field that only a newer server knows is not ignored: this server's events and undo of the change would lack
    /// it.
    init?(stored value: JSONValue) {
        guard let object = value.objectValue else { return nil }
        self.init()
        var content = TaskContent(title: "")
        for (name, value) in object {
            guard let field = TaskField(rawValue: name), content.set(field, stored: TaskValue(stored: value)) else {
                return nil
            }
            set(field, from: content)
        }
    }
}
