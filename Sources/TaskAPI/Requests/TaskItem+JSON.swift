import JSON
import Tasks

extension TaskItem {
    /// The task as `GET` answers it.
    var json: JSONValue {
        .object(JSONObject(fields.map { (key: $0.name, value: JSONValue($0.value)) }))
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
        for (name, value) in item.fields {
            key(name)
            add(value)
        }
        endObject()
    }

    private mutating func add(_ value: FieldValue) {
        switch value {
        case .null, .other: null()
        case .bool(let truth): bool(truth)
        case .integer(let number): integer(number)
        case .string(let text): string(text)
        case .list(let elements):
            beginArray()
            for element in elements { add(element) }
            endArray()
        }
    }
}

extension JSONValue {
    /// A field of a task.
    init(_ value: FieldValue) {
        switch value {
        case .null, .other: self = .null
        case .bool(let truth): self = .bool(truth)
        case .integer(let number): self = .integer(number)
        case .string(let text): self = .string(text)
        case .list(let elements): self = .array(elements.map { JSONValue($0) })
        }
    }
}
