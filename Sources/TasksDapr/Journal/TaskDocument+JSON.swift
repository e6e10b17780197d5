internal import JSON
internal import Tasks

extension TaskItem {
    /// The task's JSON as it is stored and answered: keys sorted, `<>&` escaped, so that Dapr stores the bytes that were sent.
    var document: [UInt8] {
        var json = JSONWriter(escapingHTML: true, capacity: 384)
        json.write(self)
        return json.bytes
    }

    /// Reads a task back from a document; nil when a field is missing or of another kind.
    ///
    /// The rules of today are not asked: what was written under the rules of its day stays readable.
    init?(stored value: JSONValue) {
        guard let id = value["id"]?.stringValue.flatMap({ TaskID($0) }),
            let userID = value["user_id"]?.stringValue.flatMap({ OwnerID($0) }),
            let title = value["title"]?.stringValue,
            let status = value["status"]?.stringValue.flatMap(TaskStatus.init(rawValue:)),
            let priority = value["priority"]?.stringValue.flatMap(TaskPriority.init(rawValue:)),
            let list = value["tags"]?.arrayValue,
            let createdAt = value["created_at"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let updatedAt = value["updated_at"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let version = value["version"]?.intValue, version > 0
        else { return nil }
        let tags = list.compactMap(\.stringValue)
        guard tags.count == list.count else { return nil }
        self.init(
            id: id,
            userID: userID,
            title: title,
            status: status,
            priority: priority,
            tags: tags,
            createdAt: createdAt,
            updatedAt: updatedAt,
            version: version
        )
        switch value["description"] {
        case .null?: break
        case .string(let text)?: description = text
        default: return nil
        }
        switch value["due_date"] {
        case .null?: break
        case .string(let text)?:
            guard let time = Timestamp(parsing: text) else { return nil }
            dueDate = time
        default: return nil
        }
    }
}

extension JSONWriter {
    /// Writes a task as it is stored and answered: ``TaskItem/fields``, without making a list of them first.
    mutating func write(_ task: TaskItem) {
        beginObject()
        key("completed")
        bool(task.completed)
        key("created_at")
        plain(task.createdAt.utf8.span)
        key("description")
        if let description = task.description { string(description) } else { null() }
        key("due_date")
        if let dueDate = task.dueDate { plain(dueDate.utf8.span) } else { null() }
        key("id")
        plain(task.id.utf8.span)
        key("priority")
        string(task.priority.rawValue)
        key("status")
        string(task.status.rawValue)
        key("tags")
        strings(task.tags)
        key("title")
        string(task.title)
        key("updated_at")
        plain(task.updatedAt.utf8.span)
        key("user_id")
        string(task.userID.rawValue)
        key("version")
        integer(task.version)
        endObject()
    }

    /// Writes an array of strings.
    mutating func strings(_ list: [String]) {
        beginArray()
        for text in list { string(text) }
        endArray()
    }
}

extension TaskDocument {
    /// Takes a stored document; its version is read from its end, since `version` is the last key.
    ///
    /// A store that keeps JSON in a form of its own (PostgreSQL's `jsonb`) is read by parsing the document.
    /// - Throws: ``TaskError/unreadable(key:reason:)`` when the document has no version.
    init(stored bytes: [UInt8], key: String) throws(TaskError) {
        if let version = TaskDocument.lastVersion(bytes) {
            self.init(bytes: bytes, version: version)
        } else if let version = (try? JSONValue(parsing: bytes))?["version"]?.intValue, version > 0 {
            self.init(bytes: bytes, version: version)
        } else {
            throw .unreadable(key: key, reason: "no task document")
        }
    }

    /// N of a document that ends with `,"version":N}`; nil when it ends otherwise.
    private static func lastVersion(_ bytes: [UInt8]) -> Int? {
        guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return nil }
        var digits = bytes.dropLast().suffix(16)
        while let first = digits.first, !(48...57).contains(first) { digits.removeFirst() }
        // Nothing but digits may be left, or the number does not end the document.
        guard !digits.isEmpty, digits.first != 48, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let name = Array(#","version":"#.utf8)
        guard bytes[..<digits.startIndex].suffix(name.count).elementsEqual(name) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1) - 48 }
    }
}
