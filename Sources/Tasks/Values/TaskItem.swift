import DaprText

/// A task as it is stored.
package struct TaskItem: Hashable, Sendable {
    /// The task's identifier.
    package let id: TaskID
    /// The owner of the book it stands in.
    package let userID: OwnerID
    /// 1 to 200 characters, without white space at the ends.
    package var title: String
    /// Up to 10,000 characters.
    package var description: String?
    /// How far it is.
    package var status: TaskStatus
    /// How much it matters.
    package var priority: TaskPriority
    /// When it must be done.
    package var dueDate: Timestamp?
    /// Up to 20 different tags of 1 to 50 characters.
    package var tags: [String]
    /// When it was created.
    package let createdAt: Timestamp
    /// When it was changed last.
    package var updatedAt: Timestamp
    /// 1 more with each change; 1 when created, but for a task whose identifier the client chose: it begins at the sequence of its change, so that
    /// no version comes twice when the identifier is used again.
    package var version: Int

    /// Makes a task of its parts.
    package init(
        id: TaskID,
        userID: OwnerID,
        title: String,
        description: String? = nil,
        status: TaskStatus = .todo,
        priority: TaskPriority = .medium,
        dueDate: Timestamp? = nil,
        tags: [String] = [],
        createdAt: Timestamp,
        updatedAt: Timestamp,
        version: Int
    ) {
        self.id = id
        self.userID = userID
        self.title = title
        self.description = description
        self.status = status
        self.priority = priority
        self.dueDate = dueDate
        self.tags = tags
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
    }

    /// Whether the task is done: `status` said in another way.
    package var completed: Bool { status == .done }

    /// All fields under their names on the wire, sorted by name.
    ///
    ///     {"completed":false,"created_at":"…Z","description":null,"due_date":null,"id":"…","priority":"medium",
    ///      "status":"todo","tags":[],"title":"Buy milk","updated_at":"…Z","user_id":"u1","version":1}
    package var fields: [(name: String, value: FieldValue)] {
        [
            ("completed", .bool(completed)), ("created_at", .string(createdAt.text)),
            ("description", description.map { .string($0) } ?? .null),
            ("due_date", dueDate.map { .string($0.text) } ?? .null), ("id", .string(id.rawValue)),
            ("priority", .string(priority.rawValue)), ("status", .string(status.rawValue)),
            ("tags", .list(tags.map { .string($0) })), ("title", .string(title)),
            ("updated_at", .string(updatedAt.text)), ("user_id", .string(userID.rawValue)),
            ("version", .integer(version)),
        ]
    }

    /// How many bytes its texts take where it is stored.
    package var textBytes: Int { StoredText.bytes(title: title, description: description, tags: tags) }

    /// About how many bytes of memory the task takes.
    package var approximateBytes: Int {
        tags.reduce(320 + title.utf8.count + (description?.utf8.count ?? 0)) { $0 + 32 + $1.utf8.count }
    }

    /// The same fields, texts byte for byte.
    package static func == (left: TaskItem, right: TaskItem) -> Bool {
        left.id == right.id && left.version == right.version && left.userID == right.userID
            && left.status == right.status && left.priority == right.priority && left.dueDate == right.dueDate
            && left.createdAt == right.createdAt && left.updatedAt == right.updatedAt
            && left.title.hasSameBytes(as: right.title) && left.description.hasSameBytes(as: right.description)
            && left.tags.haveSameBytes(as: right.tags)
    }
}
