/// Reads the answer of a bulk get: `[{"key":"a","data":{…},"etag":"…","metadata":{"ttlExpireTime":"…"}},{"key":"b"}]`.
///
/// Rows come in any order, and a store may add a row with an empty key; so they are looked up by key.
struct BulkStateAnswer {
    /// The keys that were asked for, each once.
    private(set) var keys: [StateKey] = []
    private var places: [StateKey: Int] = [:]

    /// Notes a key that is asked for, maybe again, and tells its place among ``keys``.
    mutating func ask(_ key: StateKey) -> Int {
        let place = places[key, default: keys.count]
        if place == keys.count {
            places[key] = place
            keys.append(key)
        }
        return place
    }

    /// The result for each key, in the order of ``keys``; `nil` when the text is not an array of rows.
    func results(_ body: [UInt8]) -> [BulkStateResult]? {
        let unnamed = BulkStateResult.failed("the sidecar's answer does not name this key")
        var results = Array(repeating: unnamed, count: keys.count)
        // Stores mostly answer in the order asked.
        var expected = 0
        var text = JSONSlices(body)
        let isArray = text.array { text in
            guard let row = Row(&text) else { return false }
            guard let key = row.key.map({ StateKey($0) }) else { return true }
            if expected >= keys.count || keys[expected] != key { expected = places[key] ?? keys.count }
            if expected < keys.count {
                results[expected] = row.result
                expected += 1
            }
            return true
        }
        return isArray && text.isAtEnd() ? results : nil
    }

    private struct Row {
        private(set) var key: String?
        private var etag: String?
        private var error: String?
        private var expires: String?
        private var data: [UInt8]?

        init?(_ text: inout JSONSlices) {
            let isObject = text.object { text, name in
                guard let place = text.value() else { return false }
                switch name {
                case "key": key = text.text(place)
                case "data": data = Array(text.bytes[place])
                case "etag": etag = text.text(place)
                case "error": error = text.text(place)
                case "metadata": expires = Self.expires(Array(text.bytes[place]))
                default: break
                }
                return true
            }
            guard isObject else { return nil }
        }

        var result: BulkStateResult {
            if let error, !error.isEmpty { return .failed(error) }
            guard let data else { return .missing }
            let etag = etag.flatMap { $0.isEmpty ? nil : ETag($0) }
            let expires = expires.flatMap { DaprTimestamp(parsing: $0) }
            return .found(StateEntry(value: data, etag: etag, expires: expires))
        }

        private static func expires(_ metadata: [UInt8]) -> String? {
            var expires: String?
            var text = JSONSlices(metadata)
            // Metadata of another form says nothing of the time.
            _ = text.object { text, name in
                guard let place = text.value() else { return false }
                if name.lowercased() == "ttlexpiretime" { expires = text.text(place) }
                return true
            }
            return expires
        }
    }
}
