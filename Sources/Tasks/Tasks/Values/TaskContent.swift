import DaprText

/// The fields of a task that a client can set.
package struct TaskContent: Hashable, Sendable {
    /// 1 to 200 code points, without white space at the ends.
    package var title: String
    /// Up to 10,000 code points.
    package var description: String?
    package var status: TaskStatus
    package var priority: TaskPriority
    /// When it must be done.
    package var dueDate: DueDate?
    /// Up to 20 different tags of 1 to 50 code points.
    package var tags: [String]

    /// Creates the content of a new task for which a client gives only the title.
    package init(title: String) {
        self.title = title
        description = nil
        status = .todo
        priority = .medium
        dueDate = nil
        tags = []
    }

    /// Whether the task is done, which is another form of `status`.
    package var completed: Bool { status == .done }

    /// The value of a field.
    @inline(__always)
    package func value(of field: TaskField) -> TaskValue {
        switch field {
        case .title: .text(title)
        case .description: description.map { .text($0) } ?? .null
        case .status: .word(status.rawValue)
        case .priority: .word(priority.rawValue)
        case .tags: .list(tags)
        case .dueDate:
            switch dueDate {
            case nil: .null
            case .time(let time): .time(time)
            case .day(let day): .day(day)
            }
        }
    }

    /// Sets a field to its stored value; `nil` means that the task was stored before the field was added.
    ///
    /// The current rules are not applied, so that anything written under earlier rules stays readable.
    ///
    /// - Returns: Whether the value has the field's type.
    package mutating func set(_ field: TaskField, stored value: TaskValue?) -> Bool {
        switch (field, value) {
        case (.title, .text(let text)): title = text
        case (.description, .text(let text)): description = text
        case (.description, .null): description = nil
        case (.status, .text(let text)):
            guard let read = TaskStatus(rawValue: text) else { return false }
            status = read
        case (.priority, .text(let text)):
            guard let read = TaskPriority(rawValue: text) else { return false }
            priority = read
        case (.tags, .list(let texts)): tags = texts
        case (.dueDate, .text(let text)):
            guard let read = DueDate(parsing: text) else { return false }
            dueDate = read
        case (.dueDate, .null): dueDate = nil
        case (.title, _), (.description, _), (.status, _), (.priority, _), (.tags, _), (.dueDate, _): return false
        }
        return true
    }

    /// Sets a field to its value in `other`.
    package mutating func copy(_ field: TaskField, from other: TaskContent) {
        switch field {
        case .title: title = other.title
        case .description: description = other.description
        case .status: status = other.status
        case .priority: priority = other.priority
        case .tags: tags = other.tags
        case .dueDate: dueDate = other.dueDate
        }
    }

    /// Whether a field has the same value in `other`; texts compare byte for byte.
    package func isSame(_ field: TaskField, in other: TaskContent) -> Bool {
        switch field {
        case .title: title.hasSameBytes(as: other.title)
        case .description: description.hasSameBytes(as: other.description)
        case .status: status == other.status
        case .priority: priority == other.priority
        case .tags: tags.haveSameBytes(as: other.tags)
        case .dueDate: dueDate == other.dueDate
        }
    }

    /// The size of the texts in bytes, in their stored form.
    package var textBytes: Int { TaskField.sorted.reduce(0) { $0 + value(of: $1).textBytes } }

    /// The approximate size of the texts in memory, in bytes.
    package var approximateBytes: Int { TaskField.sorted.reduce(0) { $0 + value(of: $1).approximateBytes } }

    /// Compares all fields; texts compare byte for byte.
    package static func == (left: TaskContent, right: TaskContent) -> Bool {
        for field in TaskField.sorted where !left.isSame(field, in: right) { return false }
        return true
    }
}
