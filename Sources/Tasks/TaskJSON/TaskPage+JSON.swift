import DaprJSON
package import Tasks

extension TaskPage {
    /// The page in the answer of a list: `{"items":[…],"next_cursor":null,"total":1}`.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 64 + 400 * items.count)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for item in items { writer.write(item) }
        writer.endArray()
        writer.key("next_cursor")
        if let nextCursor { writer.string(nextCursor) } else { writer.null() }
        writer.key("total")
        writer.integer(total)
        writer.endObject()
        return writer.bytes
    }
}
