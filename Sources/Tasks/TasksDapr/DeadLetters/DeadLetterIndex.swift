internal import DaprJSON

/// The identifiers of the dead letters that are kept, oldest first, and the number that had to make room.
///
///     {"dropped":0,"ids":["<32 hex digits>"],"v":1}
struct DeadLetterIndex: Equatable, Sendable {
    /// The format that this server writes, and the newest that it reads.
    static let format = 1

    private(set) var ids: [String] = []
    private(set) var dropped = 0

    init() {}

    init(decoding bytes: [UInt8], key: String) throws(DeadLetterError) {
        guard let value = try? JSONValue(parsing: bytes), let format = value["v"]?.intValue else {
            throw .unreadable(key: key)
        }
        guard format <= DeadLetterIndex.format else { throw .newerFormat(key: key, found: format) }
        guard let dropped = value["dropped"]?.intValue, let list = value["ids"]?.arrayValue else {
            throw .unreadable(key: key)
        }
        let ids = list.compactMap(\.stringValue)
        guard ids.count == list.count else { throw .unreadable(key: key) }
        self.ids = ids
        self.dropped = max(0, dropped)
    }

    func encoded() -> [UInt8] {
        var json = JSONWriter(capacity: 64 + 35 * ids.count)
        json.beginObject()
        json.key("dropped")
        json.integer(dropped)
        json.key("ids")
        json.beginArray()
        for id in ids { json.string(id) }
        json.endArray()
        json.key("v")
        json.integer(DeadLetterIndex.format)
        json.endObject()
        return json.bytes
    }

    /// Adds identifiers that are not listed yet, and removes the oldest beyond `limit`.
    /// - Returns: The removed identifiers.
    mutating func add(_ names: [String], limit: Int) -> [String] {
        let known = Set(ids)
        ids += names.filter { !known.contains($0) }
        let excess = max(0, ids.count - limit)
        let out = Array(ids.prefix(excess))
        ids.removeFirst(excess)
        dropped += excess
        return out
    }

    mutating func remove(_ id: String) { ids.removeAll { $0 == id } }
}
