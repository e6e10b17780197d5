/// Reads the answer of a bulk get: `[{"key":"a","data":{…},"etag":"…","metadata":{"ttlExpireTime":"…"}},{"key":"b"}]`.
///
/// Rows come in any order, and a store may add a row with an empty key; so they are looked up by key.
enum BulkStateAnswer {
    /// The result for each row, or `nil` when the text is not such an array.
    static func results(_ body: [UInt8]) -> [StateKey: BulkStateResult]? {
        var results: [StateKey: BulkStateResult] = [:]
        var text = JSONSlices(body)
        let isArray = text.array { text in
            guard let row = Row(&text) else { return false }
            if let key = row.key, !key.isEmpty { results[StateKey(key)] = row.result }
            return true
        }
        return isArray && text.isAtEnd() ? results : nil
    }

    private struct Row {
        var key: String?
        var data: ArraySlice<UInt8>?
        var etag: String?
        var error: String?
        var expires: String?

        init?(_ text: inout JSONSlices) {
            var row = (key: String?.none, data: ArraySlice<UInt8>?.none, etag: String?.none, error: String?.none)
            var expires: String?
            let isObject = text.object { text, name in
                switch name {
                case "key": row.key = text.string()
                case "data": row.data = text.value()
                case "etag": row.etag = text.string()
                case "error": row.error = text.string()
                case "metadata": return Self.readMetadata(&text, &expires)
                default: return text.value() != nil
                }
                return true
            }
            guard isObject else { return nil }
            (key, data, etag, error) = row
            self.expires = expires
        }

        var result: BulkStateResult {
            if let error, !error.isEmpty { return .failed(error) }
            guard let data else { return .missing }
            let etag = etag.flatMap { $0.isEmpty ? nil : ETag($0) }
            return .found(StateEntry(value: Array(data), etag: etag, expires: expires))
        }

        private static func readMetadata(_ text: inout JSONSlices, _ expires: inout String?) -> Bool {
            var found: String?
            let isObject = text.object { text, name in
                guard name.lowercased() == "ttlexpiretime" else { return text.value() != nil }
                found = text.string()
                return found != nil
            }
            expires = found
            return isObject
        }
    }
}
