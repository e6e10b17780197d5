import DaprJSON
package import Tasks

extension TaskPage {
    /// The page in the answer of a list: `{"as_of":120,"counts":{…},"items":[…],"next_cursor":null,"total":1}`.
    ///
    /// - Parameters:
    ///   - members: What is shown of each task, sorted by name.
    ///   - nextCursor: The cursor of the next page as a client gets it; `nil` on the last page.
    /// - Returns: The JSON.
    package func json(_ members: [TaskMember], nextCursor: String?) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + 400 * items.count)
        writer.beginObject()
        if let asOf {
            writer.key("as_of")
            writer.integer(asOf)
        }
        if let counts {
            writer.key("counts")
            writer.beginObject()
            for status in TaskStatus.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
                writer.key(status.rawValue)
                writer.integer(counts[status] ?? 0)
            }
            writer.endObject()
        }
        writer.key("items")
        writer.beginArray()
        for item in items { writer.write(item, members) }
        writer.endArray()
        writer.key("next_cursor")
        if let nextCursor { writer.string(nextCursor) } else { writer.null() }
        writer.key("total")
        writer.integer(total)
        writer.endObject()
        return writer.bytes
    }
}
