/// A task as it is stored.
package struct TaskItem: Hashable, Sendable {
    /// The task's identifier.
    package let id: TaskID
    /// The owner of the book it stands in.
    package var userID: OwnerID
    /// Everything that a client can set.
    package var content: TaskContent
    /// When it was created.
    package let createdAt: Timestamp
    /// When it was changed last.
    package var updatedAt: Timestamp
    /// 1 more with each change; 1 when created, but for a task whose identifier the client chose: it begins at the sequence of its change, so that
    /// no version comes twice when the identifier is used again.
    package var version: Int

    package init(
        id: TaskID,
        userID: OwnerID,
        content: TaskContent,
        createdAt: Timestamp,
        updatedAt: Timestamp,
        version: Int
    ) {
        self.id = id
        self.userID = userID
        self.content = content
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
    }

    /// What a member of the task's JSON holds; ``TaskMember/sorted`` is the order they stand in.
    ///
    ///     {"completed":false,"created_at":"…Z","description":null,"due_date":null,"id":"…","priority":"medium",
    ///      "status":"todo","tags":[],"title":"Buy milk","updated_at":"…Z","user_id":"u1","version":1}
    @inline(__always)
    package func value(of member: TaskMember) -> TaskValue {
        switch member {
        case .field(let field): content.value(of: field)
        case .mark(.id): .id(id)
        case .mark(.userID): .text(userID.rawValue)
        case .mark(.completed): .bool(content.completed)
        case .mark(.createdAt): .time(createdAt)
        case .mark(.updatedAt): .time(updatedAt)
        case .mark(.version): .integer(version)
        }
    }

    /// How many bytes its texts take where it is stored.
    package var textBytes: Int { content.textBytes }

    /// About how many bytes of memory the task takes.
    package var approximateBytes: Int { 320 + content.approximateBytes }
}
