internal import DaprJSON
import DaprText

/// One item of a save, or the request of one operation in a transaction.
///
///     {"key":"t1","value":{"a":1},"etag":"…","metadata":{"ttlInSeconds":"60"},
///      "options":{"concurrency":"first-write","consistency":"strong"}}
struct StateItem: Sendable {
    var key: String
    /// The value as it is stored: decoded and encoded again.
    var value: [UInt8]
    var etag: String?
    var concurrency: String
    var consistency: String
    var metadata: [ExactText: String]

    init(_ json: JSONValue) throws(RequestFault) {
        let object: JSONObject
        switch json {
        case .object(let found): object = found
        case .null: object = [:]
        default: throw RequestFault(message: "an item must be an object")
        }
        key = try object.string("key") ?? ""
        value = (object.member("value") ?? .null).serialized(escapingHTML: true)
        etag = try object.string("etag")
        metadata = try object.texts("metadata") ?? [:]
        let options = try object.object("options")
        concurrency = try options?.string("concurrency") ?? ""
        consistency = try options?.string("consistency") ?? ""
        // It has no effect over HTTP, but must be a string.
        _ = try object.string("contentType")
    }

    /// The write for the store.
    ///
    /// The call's metadata overrides the item's.
    func storeSet(_ prefix: KeyPrefix, _ callMetadata: RequestMetadata) throws(StoreError) -> StoreSet {
        var metadata = metadata
        for (name, value) in callMetadata.values { metadata[name] = value }
        var ttl: Int?
        if let text = RequestMetadata(values: metadata)["ttlInSeconds"], !text.isEmpty {
            guard let seconds = Int(text) else {
                throw .badTTL("ttlInSeconds is \"\(text)\", which is no whole number of seconds")
            }
            ttl = seconds
        }
        return StoreSet(
            key: prefix.stored(key),
            value: value,
            etag: etag.flatMap { $0.isEmpty ? nil : $0 },
            isFirstWrite: try StateOptions.isFirstWrite(concurrency, consistency: consistency),
            ttlSeconds: ttl
        )
    }

    /// The removal for the store.
    func storeDelete(_ prefix: KeyPrefix) throws(StoreError) -> StoreDelete {
        StoreDelete(
            key: prefix.stored(key),
            etag: etag.flatMap { $0.isEmpty ? nil : $0 },
            isFirstWrite: try StateOptions.isFirstWrite(concurrency, consistency: consistency)
        )
    }
}

/// The values of `options`.
enum StateOptions {
    /// Whether a write without an ETag succeeds only when the key has no value.
    static func isFirstWrite(_ concurrency: String, consistency: String) throws(StoreError) -> Bool {
        guard ["", "first-write", "last-write"].contains(concurrency) else {
            throw .badOption(kind: "concurrency", value: concurrency)
        }
        guard ["", "eventual", "strong"].contains(consistency) else {
            throw .badOption(kind: "consistency", value: consistency)
        }
        return concurrency == "first-write"
    }
}
