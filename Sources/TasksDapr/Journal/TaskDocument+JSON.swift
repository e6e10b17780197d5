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
    /// A value as it is stored.
    init(stored value: JSONValue) {
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
    /// Writes a task as it is stored and answered.
    mutating func write(_ task: TaskItem) {
        beginObject()
        for member in TaskMember.sorted {
            key(member.name)
            write(task.value(of: member))
        }
        endObject()
    }

    /// Writes the value of a member of a task.
    mutating func write(_ value: TaskValue) {
        switch value {
        case .null, .other: null()
        case .bool(let truth): bool(truth)
        case .integer(let number): integer(number)
        case .word(let text), .text(let text): string(text)
        case .time(let time): plain(time.utf8.span)
        case .id(let id): plain(id.utf8.span)
        case .list(let texts):
            beginArray()
            for text in texts { string(text) }
            endArray()
        }
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
