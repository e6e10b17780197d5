import JSON
import Tasks

extension TaskItem {
    /// The task as `GET` answers it.
    var json: JSONValue {
        .object(JSONObject(TaskMember.sorted.map { (key: $0.name, value: JSONValue(value(of: $0))) }))
    }
}

extension TaskPage {
    /// The page as a list answers it: `{"items":[…],"next_cursor":null,"total":1}`.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 64 + 400 * items.count)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for item in items { writer.add(item) }
        writer.endArray()
        writer.key("next_cursor")
        if let nextCursor { writer.string(nextCursor) } else { writer.null() }
        writer.key("total")
        writer.integer(total)
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func add(_ item: TaskItem) {
        beginObject()
        for member in TaskMember.sorted {
            key(member.name)
            add(item.value(of: member))
        }
        endObject()
    }

    private mutating func add(_ value: TaskValue) {
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

extension JSONValue {
    /// The value of a member of a task.
    init(_ value: TaskValue) {
        switch value {
        case .null, .other: self = .null
        case .bool(let truth): self = .bool(truth)
        case .integer(let number): self = .integer(number)
        case .word(let text), .text(let text): self = .string(text)
        case .time(let time): self = .string(time.text)
        case .id(let id): self = .string(id.rawValue)
        case .list(let texts): self = .array(texts.map { .string($0) })
        }
    }
}
