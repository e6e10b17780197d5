internal import DaprJSON

/// Writes the bodies of state requests, and checks on the way what the sidecar would misunderstand.
///
/// An empty key is stored by a transaction under the bare prefix, and an empty ETag counts as none, so both are refused here.
struct StateBody {
    private(set) var guards = WriteGuards()
    private var json = JSONWriter()
    private let operation: Operation

    private init(_ operation: Operation) {
        self.operation = operation
    }

    /// The body of a save: an array of items.
    static func save(
        _ items: [StateItem],
        _ operation: Operation
    ) throws(DaprError) -> (bytes: [UInt8], guards: WriteGuards) {
        var body = StateBody(operation)
        body.reserve(items.reduce(into: 0) { $0 &+= $1.json.count &+ $1.key.rawValue.utf8.count })
        body.json.beginArray()
        for item in items { try body.write(item) }
        body.json.endArray()
        return (body.json.bytes, body.guards)
    }

    /// The body of a transaction: operations, and metadata for the store's transaction.
    static func transaction(
        _ operations: [StateOperation],
        metadata: [String: String],
        _ operation: Operation
    ) throws(DaprError) -> (bytes: [UInt8], guards: WriteGuards) {
        var body = StateBody(operation)
        body.json.beginObject()
        body.json.key("operations")
        body.json.beginArray()
        for step in operations {
            body.json.beginObject()
            body.json.key("operation")
            switch step {
            case .upsert(let item):
                body.json.string("upsert")
                body.json.key("request")
                try body.write(item)
            case .delete(let deletion):
                body.json.string("delete")
                body.json.key("request")
                try body.write(deletion)
            }
            body.json.endObject()
        }
        body.json.endArray()
        if !metadata.isEmpty { body.write(metadata: metadata) }
        body.json.endObject()
        return (body.json.bytes, body.guards)
    }

    /// The body of a bulk get: the keys, and how many the sidecar asks for at a time.
    static func bulkGet(
        _ keys: some Sequence<StateKey>,
        parallelism: Int?,
        metadata: [String: String],
        _ operation: Operation
    ) throws(DaprError) -> [UInt8] {
        var body = StateBody(operation)
        body.json.beginObject()
        body.json.key("keys")
        body.json.beginArray()
        for key in keys {
            try check(key, operation)
            body.json.string(key.rawValue)
        }
        body.json.endArray()
        if let parallelism {
            body.json.key("parallelism")
            body.json.integer(parallelism)
        }
        if !metadata.isEmpty { body.write(metadata: metadata) }
        body.json.endObject()
        return body.json.bytes
    }

    /// Refuses a key that the sidecar would refuse, or take for another one.
    static func check(_ key: StateKey, _ operation: Operation) throws(DaprError) {
        let bytes = key.rawValue.utf8Span.span
        if bytes.isEmpty { throw operation.invalidArgument("a state key is empty") }
        let bar = UInt8(ascii: "|")
        for place in 1..<bytes.count where bytes[place] == bar && bytes[place &- 1] == bar {
            throw operation.invalidArgument("a state key contains ||")
        }
    }

    /// Refuses an empty ETag, which the sidecar would take for none.
    static func check(_ etag: ETag?, _ operation: Operation) throws(DaprError) {
        if etag?.rawValue.isEmpty == true { throw operation.invalidArgument("an ETag is empty") }
    }

    private mutating func reserve(_ bytes: Int) {
        json.bytes.reserveCapacity(bytes &+ 256)
    }

    private mutating func write(_ item: StateItem) throws(DaprError) {
        if item.json.isEmpty { throw operation.invalidArgument("a state value has no bytes; JSON null is 4") }
        try begin(item.key, item.etag, item.concurrency)
        json.key("value")
        json.raw(item.json)
        var metadata = item.metadata
        if let ttl = item.ttl { metadata["ttlInSeconds"] = String(try seconds(ttl)) }
        end(item.etag, metadata, item.concurrency, item.consistency)
    }

    private mutating func write(_ deletion: StateDeletion) throws(DaprError) {
        try begin(deletion.key, deletion.etag, deletion.concurrency)
        end(deletion.etag, deletion.metadata, deletion.concurrency, nil)
    }

    private mutating func begin(
        _ key: StateKey,
        _ etag: ETag?,
        _ concurrency: StateConcurrency?
    ) throws(DaprError) {
        try Self.check(key, operation)
        try Self.check(etag, operation)
        guards.add(key: key, etag: etag, concurrency: concurrency)
        json.beginObject()
        json.key("key")
        json.string(key.rawValue)
    }

    private mutating func end(
        _ etag: ETag?,
        _ metadata: [String: String],
        _ concurrency: StateConcurrency?,
        _ consistency: StateConsistency?
    ) {
        if let etag {
            json.key("etag")
            json.string(etag.rawValue)
        }
        if !metadata.isEmpty { write(metadata: metadata) }
        if concurrency != nil || consistency != nil {
            json.key("options")
            json.beginObject()
            if let concurrency {
                json.key("concurrency")
                json.string(concurrency.rawValue)
            }
            if let consistency {
                json.key("consistency")
                json.string(consistency.rawValue)
            }
            json.endObject()
        }
        json.endObject()
    }

    private mutating func write(metadata: [String: String]) {
        json.key("metadata")
        json.write(metadata)
    }

    private func seconds(_ ttl: Duration) throws(DaprError) -> Int64 {
        let (whole, rest) = ttl.components
        guard whole > 0 || (whole == 0 && rest > 0), whole < Int64.max else {
            throw operation.invalidArgument("a time to live is not positive")
        }
        return rest > 0 ? whole + 1 : whole
    }
}
