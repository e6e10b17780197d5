// What the rest of the package still calls by its earlier names; it goes when the last caller does.

package typealias StoreName = StateStoreName

extension DaprClient {
    package func state(
        _ store: StateStoreName,
        _ key: StateKey,
        consistency: StateConsistency? = nil,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> StateEntry? {
        try await getState(key, in: store, consistency: consistency, metadata: metadata, trace: trace)
    }

    package func states(
        _ store: StateStoreName,
        _ keys: [StateKey],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> [StateKey: BulkStateResult] {
        try await getBulkState(keys, in: store, trace: trace)
    }

    package func states(
        _ store: StateStoreName,
        each keys: [StateKey],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> [BulkStateResult] {
        try await getBulkState(each: keys, in: store, trace: trace)
    }

    package func save(
        _ store: StateStoreName,
        _ items: [StateItem],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        try await saveState(items, in: store, trace: trace)
    }

    package func deleteState(
        _ store: StateStoreName,
        _ key: StateKey,
        ifMatch etag: ETag? = nil,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        try await deleteState(key, in: store, etag: etag, trace: trace)
    }

    package func transact(
        _ store: StateStoreName,
        _ operations: [StateOperation],
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        try await transactState(operations, in: store, metadata: metadata, trace: trace)
    }

    package func publish(
        _ pubsub: PubSubName,
        _ topic: TopicName,
        data: [UInt8],
        contentType: String = "application/json",
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        try await publishEvent(
            bytes: data,
            contentType: contentType,
            to: topic,
            in: pubsub,
            metadata: metadata,
            trace: trace
        )
    }

    package func publish(
        _ pubsub: PubSubName,
        _ topic: TopicName,
        event: CloudEvent,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        try await publishEvent(event, to: topic, in: pubsub, metadata: metadata, trace: trace)
    }

    package func publishBulk(
        _ pubsub: PubSubName,
        _ topic: TopicName,
        _ entries: [BulkPublishEntry],
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> BulkPublishResult {
        try await publishEvents(entries, to: topic, in: pubsub, metadata: metadata, trace: trace)
    }

    package func secret(_ store: SecretStoreName, _ name: String) async throws(DaprError) -> [String: String]? {
        try await getSecret(name, in: store)
    }

    package func metadata() async throws(DaprError) -> SidecarMetadata { try await getMetadata() }
}

extension StateItem {
    package init(
        key: StateKey,
        value: [UInt8],
        etag: ETag? = nil,
        concurrency: StateConcurrency? = nil,
        consistency: StateConsistency? = nil,
        ttl: Duration? = nil,
        metadata: [String: String] = [:]
    ) {
        self.init(
            key,
            json: value,
            etag: etag,
            concurrency: concurrency,
            consistency: consistency,
            ttl: ttl,
            metadata: metadata
        )
    }
}

extension StateDeletion {
    package init(key: StateKey, etag: ETag? = nil, concurrency: StateConcurrency? = nil) {
        self.init(key, etag: etag, concurrency: concurrency)
    }
}

extension CloudEvent {
    package func encoded(dataJSON: [UInt8]) -> [UInt8] { encoded(json: dataJSON) }
}
