public import DaprJSON

extension DaprClient {
    /// Publishes one event to a topic as bytes of any media type; it returns when the broker has it.
    ///
    /// The sidecar wraps the bytes in a CloudEvent by their media type: JSON as `data`, `application/octet-stream` as `data_base64`, other
    /// types as text; `application/cloudevents+json` is taken as the event itself.
    ///
    /// See [Pub/sub API: publish](https://docs.dapr.io/reference/api/pubsub_api/#publish-a-message-to-a-given-topic).
    ///
    /// - Parameters:
    ///   - bytes: the body, sent as it is.
    ///   - contentType: the media type of the bytes.
    ///   - topic: the topic; it may contain slashes where the broker allows them.
    ///   - pubsub: the pub/sub component.
    ///   - metadata: what steers the envelope and the broker: `ttlInSeconds`, `rawPayload`, `partitionKey`, `cloudevent.type` and others.
    ///     Every entry also reaches the subscribers as a header.
    ///   - trace: the trace to continue; subscribers see it in the event.
    /// - Throws: ``DaprError``; ``DaprError/Kind/notConfigured`` when there is no such component, ``DaprError/Kind/outcomeUnknown`` when the
    ///   broker may have the event.
    public func publishEvent(
        bytes: [UInt8],
        contentType: String = "application/octet-stream",
        to topic: TopicName,
        in pubsub: PubSubName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        let operation = publishing(pubsub)
        let path = try path("/v1.0/publish", pubsub, topic, metadata, operation)
        try await exchange(
            operation,
            "POST",
            path,
            body: bytes,
            contentType: contentType,
            trace: trace
        ) { response throws(DaprError) in
            try expectNoContent(operation, response)
        }
    }

    /// Publishes one event to a topic whose data is JSON already, sent as it is; it returns when the broker has it.
    ///
    /// See [Pub/sub API: publish](https://docs.dapr.io/reference/api/pubsub_api/#publish-a-message-to-a-given-topic).
    ///
    /// - Parameters:
    ///   - json: the data, the bytes of exactly one JSON value in UTF-8.
    ///   - topic: the topic; it may contain slashes where the broker allows them.
    ///   - pubsub: the pub/sub component.
    ///   - metadata: what steers the envelope and the broker: `ttlInSeconds`, `rawPayload`, `partitionKey`, `cloudevent.type` and others.
    ///     Every entry also reaches the subscribers as a header.
    ///   - trace: the trace to continue; subscribers see it in the event.
    /// - Throws: ``DaprError``; ``DaprError/Kind/outcomeUnknown`` when the broker may have the event.
    public func publishEvent(
        json: [UInt8],
        to topic: TopicName,
        in pubsub: PubSubName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        try await publishEvent(
            bytes: json,
            contentType: "application/json",
            to: topic,
            in: pubsub,
            metadata: metadata,
            trace: trace
        )
    }

    /// Publishes one event to a topic whose data is a JSON value: `publishEvent(value: ["drink": "tea"], to: "orders", in: "pubsub")`.
    ///
    /// See [Pub/sub API: publish](https://docs.dapr.io/reference/api/pubsub_api/#publish-a-message-to-a-given-topic).
    ///
    /// - Parameters:
    ///   - value: the data.
    ///   - topic: the topic; it may contain slashes where the broker allows them.
    ///   - pubsub: the pub/sub component.
    ///   - metadata: what steers the envelope and the broker: `ttlInSeconds`, `rawPayload`, `partitionKey`, `cloudevent.type` and others.
    ///     Every entry also reaches the subscribers as a header.
    ///   - trace: the trace to continue; subscribers see it in the event.
    /// - Throws: ``DaprError``; ``DaprError/Kind/outcomeUnknown`` when the broker may have the event.
    public func publishEvent(
        value: JSONValue,
        to topic: TopicName,
        in pubsub: PubSubName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        try await publishEvent(json: value.serialized(), to: topic, in: pubsub, metadata: metadata, trace: trace)
    }

    /// Publishes one event to a topic whose data is a value encoded to JSON.
    ///
    /// See [Pub/sub API: publish](https://docs.dapr.io/reference/api/pubsub_api/#publish-a-message-to-a-given-topic).
    ///
    /// - Parameters:
    ///   - value: the data.
    ///   - topic: the topic; it may contain slashes where the broker allows them.
    ///   - pubsub: the pub/sub component.
    ///   - metadata: what steers the envelope and the broker: `ttlInSeconds`, `rawPayload`, `partitionKey`, `cloudevent.type` and others.
    ///     Every entry also reaches the subscribers as a header.
    ///   - trace: the trace to continue; subscribers see it in the event.
    /// - Throws: ``DaprError``; ``DaprError/Kind/invalidArgument`` when the value cannot be JSON, ``DaprError/Kind/outcomeUnknown`` when the
    ///   broker may have the event.
    public func publishEvent(
        encoding value: some Encodable,
        to topic: TopicName,
        in pubsub: PubSubName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        let json = try publishing(pubsub).encoded(value)
        try await publishEvent(json: json, to: topic, in: pubsub, metadata: metadata, trace: trace)
    }

    /// Publishes a CloudEvent of the caller's own, with its `id` kept, to a topic.
    ///
    /// See [Publishing and subscribing with CloudEvents](https://docs.dapr.io/developing-applications/building-blocks/pubsub/pubsub-cloudevents/).
    ///
    /// - Parameters:
    ///   - event: the event, which the sidecar does not wrap again.
    ///   - topic: the topic; it may contain slashes where the broker allows them.
    ///   - pubsub: the pub/sub component.
    ///   - metadata: what steers the envelope and the broker: `ttlInSeconds`, `rawPayload`, `partitionKey`, `cloudevent.type` and others.
    ///     Every entry also reaches the subscribers as a header.
    ///   - trace: the trace to continue; subscribers see it in the event.
    /// - Throws: ``DaprError``; ``DaprError/Kind/outcomeUnknown`` when the broker may have the event.
    public func publishEvent(
        _ event: CloudEvent,
        to topic: TopicName,
        in pubsub: PubSubName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        try await publishEvent(
            bytes: event.encoded(),
            contentType: CloudEvent.contentType,
            to: topic,
            in: pubsub,
            metadata: metadata,
            trace: trace
        )
    }

    /// Publishes many events to a topic with one call; the entries that the broker did not take are values of the result.
    ///
    /// There is no order between the entries of a call. An empty list sends nothing. Needs a sidecar of 1.17 or later.
    ///
    /// See [Pub/sub API: bulk publish](https://docs.dapr.io/reference/api/pubsub_api/#publish-multiple-messages-to-a-given-topic).
    ///
    /// - Parameters:
    ///   - entries: the events.
    ///   - topic: the topic; it may contain slashes where the broker allows them.
    ///   - pubsub: the pub/sub component.
    ///   - metadata: metadata for every entry; an entry's own wins. `rawPayload` counts here only.
    ///   - trace: the trace to continue.
    /// - Returns: the entries that were not taken, as far as the pub/sub component knows.
    /// - Throws: ``DaprError`` when the call failed as a whole; ``DaprError/Kind/outcomeUnknown`` when the broker may have any of the events.
    public func publishEvents(
        _ entries: [BulkPublishEntry],
        to topic: TopicName,
        in pubsub: PubSubName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> BulkPublishResult {
        if entries.isEmpty { return BulkPublishResult(failed: []) }
        let operation = Operation("POST publish/bulk/{pubsub}/{topic}", pubsub.rawValue, .writes)
        let path = try path("/v1.0/publish/bulk", pubsub, topic, metadata, operation)
        return try await exchange(
            operation,
            "POST",
            path,
            body: try bulkBody(entries, hasMetadata: !metadata.isEmpty, operation),
            contentType: "application/json",
            trace: trace
        ) { response throws(DaprError) in
            if let failed = failedEntries(response) { return BulkPublishResult(failed: failed) }
            try expectNoContent(operation, response)
            return BulkPublishResult(failed: [])
        }
    }

    private func publishing(_ pubsub: PubSubName) -> Operation {
        Operation("POST publish/{pubsub}/{topic}", pubsub.rawValue, .writes)
    }

    private func path(
        _ fixed: StaticString,
        _ pubsub: PubSubName,
        _ topic: TopicName,
        _ metadata: [String: String],
        _ operation: Operation
    ) throws(DaprError) -> RequestPath {
        if pubsub.rawValue.isEmpty { throw operation.invalidArgument("the name of the pub/sub component is empty") }
        if pubsub.rawValue == "bulk" {
            throw operation.invalidArgument("a pub/sub component cannot be called bulk: its path means a bulk publish")
        }
        if topic.rawValue.isEmpty { throw operation.invalidArgument("the name of the topic is empty") }
        var path = RequestPath(fixed)
        path.append(segment: pubsub.rawValue)
        path.append(segments: topic.rawValue)
        path.append(metadata: metadata)
        return path
    }

    /// Writes the entries; the call's metadata reaches only entries that have a metadata object, so each gets one then.
    private func bulkBody(
        _ entries: [BulkPublishEntry],
        hasMetadata: Bool,
        _ operation: Operation
    ) throws(DaprError) -> [UInt8] {
        var ids = Set<String>(minimumCapacity: entries.count)
        var json = JSONWriter()
        json.bytes.reserveCapacity(entries.reduce(into: 64) { $0 &+= $1.event.count &+ 128 })
        json.beginArray()
        for entry in entries {
            if entry.entryID.isEmpty { throw operation.invalidArgument("the entryID of an event is empty") }
            if !ids.insert(entry.entryID).inserted {
                throw operation.invalidArgument("two events have the same entryID")
            }
            if entry.event.isEmpty { throw operation.invalidArgument("an event has no bytes; JSON null is 4") }
            json.beginObject()
            json.key("entryId")
            json.string(entry.entryID)
            json.key("event")
            json.raw(entry.event)
            json.key("contentType")
            json.string(entry.contentType)
            if hasMetadata || !entry.metadata.isEmpty {
                json.key("metadata")
                json.write(entry.metadata)
            }
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }

    /// The entries of `{"failedEntries":[{"entryId":"2","error":"…"}],"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE"}`.
    private func failedEntries(_ response: DaprResponse) -> [BulkPublishResult.Failure]? {
        if response.isSuccess { return nil }
        // Any other body is judged by its status.
        let entries = (try? JSONValue(parsing: response.body))?["failedEntries"]?.arrayValue ?? []
        var failed: [BulkPublishResult.Failure] = []
        for entry in entries {
            guard let id = entry["entryId"]?.stringValue else { return nil }
            failed.append(.init(entryID: id, error: entry["error"]?.stringValue ?? ""))
        }
        return failed.isEmpty ? nil : failed
    }
}
