internal import JSON
internal import Tasks

extension TaskPatch {
    /// Reads the fields back from a journal; nil when one is of another kind or unknown.
    ///
    /// The rules of today are not asked: what was written under the rules of its day stays readable.
    init?(stored value: JSONValue) {
        guard let object = value.objectValue else { return nil }
        self.init()
        for (name, value) in object {
            switch (name, value) {
            case ("description", .null): description = .null
            case ("description", .string(let text)): description = .value(text)
            case ("due_date", .null): dueDate = .null
            case ("due_date", .string(let text)):
                guard let time = Timestamp(parsing: text) else { return nil }
                dueDate = .value(time)
            case ("priority", .string(let text)):
                guard let read = TaskPriority(rawValue: text) else { return nil }
                priority = read
            case ("status", .string(let text)):
                guard let read = TaskStatus(rawValue: text) else { return nil }
                status = read
            case ("tags", .array(let list)):
                let read = list.compactMap(\.stringValue)
                guard read.count == list.count else { return nil }
                tags = read
            case ("title", .string(let text)): title = text
            default: return nil
            }
        }
    }
}

extension JSONWriter {
    /// Writes the value of a task's field.
    mutating func field(_ value: FieldValue) {
        switch value {
        case .null, .other: null()
        case .bool(let truth): bool(truth)
        case .integer(let number): integer(number)
        case .string(let text): string(text)
        case .list(let elements):
            beginArray()
            for element in elements { field(element) }
            endArray()
        }
    }
}
