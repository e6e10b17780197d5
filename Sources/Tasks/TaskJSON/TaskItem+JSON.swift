package import DaprJSON
package import Tasks

extension TaskItem {
    /// The task's JSON as stored and answered: keys sorted, and `<>&` escaped so that Dapr stores exactly these bytes.
    package var document: [UInt8] {
        var json = JSONWriter(escapingHTML: true, capacity: 384)
        json.write(self)
        return json.bytes
    }

    /// The same JSON as a value.
    package var json: JSONValue {
        .object(JSONObject(TaskMember.sorted.map { (key: $0.name, value: JSONValue(value(of: $0))) }))
    }

    /// Reads a task from its stored document; `nil` when a field is missing or has another type.
    ///
    /// The current rules are not applied, so that anything written under earlier rules stays readable.
    package init?(stored value: JSONValue) {
        func stored(_ mark: TaskMark) -> JSONValue? { value[mark.rawValue] }
        guard let id = stored(.id)?.stringValue.flatMap({ TaskID($0) }),
            let userID = stored(.userID)?.stringValue.flatMap({ OwnerID($0) }),
            let createdAt = stored(.createdAt)?.stringValue.flatMap(Timestamp.init(parsing:)),
            let updatedAt = stored(.updatedAt)?.stringValue.flatMap(Timestamp.init(parsing:)),
            let version = stored(.version)?.intValue, version > 0
        else { return nil }
        var content = TaskContent(title: "")
        for field in TaskField.sorted {
            guard content.set(field, stored: value[field.rawValue].map { TaskValue(stored: $0) }) else { return nil }
        }
        self.init(
            id: id,
            userID: userID,
            content: content,
            createdAt: createdAt,
            updatedAt: updatedAt,
            version: version
        )
    }
}

extension TaskValue {
    /// Converts a stored value.
    package init(stored value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let truth): self = .bool(truth)
        case .number(let number): self = number.intValue.map { .integer($0) } ?? .other
        case .string(let text): self = .text(text)
        case .array(let elements):
            let texts = elements.compactMap(\.stringValue)
            self = texts.count == elements.count ? .list(texts) : .other
        case .object: self = .other
        }
    }
}

extension JSONWriter {
    /// Writes a task in its stored and answered form.
    ///
    /// - Parameters:
    ///   - task: The task.
    ///   - members: What is written of it, sorted by name.
    package mutating func write(_ task: TaskItem, _ members: [TaskMember] = TaskMember.sorted) {
        beginObject()
        for member in members {
            key(member.name)
            write(task.value(of: member))
        }
        endObject()
    }

    /// Writes the value of a task's member.
    package mutating func write(_ value: TaskValue) {
        switch value {
        case .null, .other: null()
        case .bool(let truth): bool(truth)
        case .integer(let number): integer(number)
        case .word(let text), .text(let text): string(text)
        case .time(let time): plain(time.utf8.span)
        case .day(let day): string(day.text)
        case .id(let id): plain(id.utf8.span)
        case .list(let texts):
            beginArray()
            for text in texts { string(text) }
            endArray()
        }
    }
}

extension JSONValue {
    /// Converts the value of a task's member.
    package init(_ value: TaskValue) {
        switch value {
        case .null, .other: self = .null
        case .bool(let truth): self = .bool(truth)
        case .integer(let number): self = .integer(number)
        case .word(let text), .text(let text): self = .string(text)
        case .time(let time): self = .string(time.text)
        case .day(let day): self = .string(day.text)
        case .id(let id): self = .string(id.rawValue)
        case .list(let texts): self = .array(texts.map { .string($0) })
        }
    }
}
