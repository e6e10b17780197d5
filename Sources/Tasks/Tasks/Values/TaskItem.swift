/// A task as it is stored.
package struct TaskItem: Hashable, Sendable {
    package let id: TaskID
    /// The owner of the task's book.
    package var userID: OwnerID
    /// The fields that a client can set.
    package var content: TaskContent
    /// When the task was created.
    package let createdAt: Timestamp
    /// When the task was last changed.
    package var updatedAt: Timestamp
    /// The version, which grows by 1 with each change.
    ///
    /// It starts at 1, or, for a task whose identifier the client chose, at the sequence of its change. So no version
    /// repeats when the identifier is used again.
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

    /// The value of a member of the task's JSON; ``TaskMember/sorted`` gives the order.
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

    /// The size of the texts in bytes, in their stored form.
    package var textBytes: Int { content.textBytes }

    /// The approximate size of the task in memory, in bytes.
    package var approximateBytes: Int { 320 + content.approximateBytes }
}
