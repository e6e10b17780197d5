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
        let key: String?
        let data: ArraySlice<UInt8>?
        let etag: String?
        let error: String?
        let expires: String?

        init?(_ text: inout JSONSlices) {
            var fields: [String: ArraySlice<UInt8>] = [:]
            let isObject = text.object { text, name in
                fields[name] = text.value()
                return fields[name] != nil
            }
            guard isObject else { return nil }
            key = fields["key"].flatMap(JSONSlices.text)
            data = fields["data"]
            etag = fields["etag"].flatMap(JSONSlices.text)
            error = fields["error"].flatMap(JSONSlices.text)
            expires = fields["metadata"].flatMap(Self.expires)
        }

        var result: BulkStateResult {
            if let error, !error.isEmpty { return .failed(error) }
            guard let data else { return .missing }
            let etag = etag.flatMap { $0.isEmpty ? nil : ETag($0) }
            return .found(StateEntry(value: Array(data), etag: etag, expires: expires))
        }

        private static func expires(_ metadata: ArraySlice<UInt8>) -> String? {
            var expires: String?
            var text = JSONSlices(Array(metadata))
            // Metadata of another form says nothing of the time.
            _ = text.object { text, name in
                guard let value = text.value() else { return false }
                if name.lowercased() == "ttlexpiretime" { expires = JSONSlices.text(value) }
                return true
            }
            return expires
        }
    }
}
