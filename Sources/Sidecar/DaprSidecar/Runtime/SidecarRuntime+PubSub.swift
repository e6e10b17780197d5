internal import DaprJSON
import DaprText
import Synchronization

/// The publishing side of the pub/sub building block.
extension SidecarRuntime {
    /// `POST /v1.0/publish/{pubsub}/{topic}`; 204.
    package func publish(
        _ pubsub: String,
        _ topic: String,
        body: [UInt8],
        contentType: String?,
        metadata: RequestMetadata,
        trace: CallTrace
    ) async throws(APIError) {
        let open = try pubsubComponent(pubsub)
        let data: [UInt8]
        if try isRaw(metadata, pubsub: pubsub) {
            data = body
        } else {
            let envelope = envelope(pubsub, topic, metadata, trace)
            guard let bytes = envelope.bytes(for: body, contentType: contentType ?? "") else {
                throw .cloudEventUnusable(pubsub: pubsub, appID: configuration.appID)
            }
            data = bytes
        }
        let message = BrokerMessage(topic: topic, data: data, metadata: metadata.values)
        let start = meter.start
        do throws(APIError) {
            try await underPolicy(open, topic) { () async throws(APIError) in try await self.send(message, to: open) }
            meter.note(since: start) { .published(component: pubsub, topic: topic, isSuccess: true, elapsed: $0) }
        } catch {
            meter.note(since: start) { .published(component: pubsub, topic: topic, isSuccess: false, elapsed: $0) }
            throw error
        }
    }

    /// `POST /v1.0/publish/bulk/{pubsub}/{topic}`; 204.
    package func publishBulk(
        _ pubsub: String,
        _ topic: String,
        body: [UInt8],
        metadata: RequestMetadata,
        trace: CallTrace
    ) async throws(APIError) {
        let open = try pubsubComponent(pubsub)
        let appID = configuration.appID
        let entries: [BulkPublishEntry]
        do throws(RequestFault) {
            entries = try bulkEntries(body)
        } catch {
            throw .bulkUnreadable(pubsub: pubsub, topic: topic, reason: error.message, appID: appID)
        }
        let isRaw = try isRaw(metadata, pubsub: pubsub)
        var messages: [(id: String, message: BrokerMessage)] = []
        var seen: Set<ExactText> = []
        for entry in entries {
            guard !entry.id.isEmpty, seen.insert(ExactText(entry.id)).inserted else {
                throw .bulkEntryID(pubsub: pubsub, topic: topic, appID: appID)
            }
            let own = entry.metadata?.merging(metadata.values) { _, call in call }
            let envelope = envelope(pubsub, topic, RequestMetadata(values: own ?? [:]), trace)
            let data: [UInt8]?
            if !isRaw, EventContent(entry.contentType) == .cloudEvent {
                data = envelope.bytes(forReadyMade: entry.event)
            } else {
                let bytes: [UInt8]
                do throws(BulkPublishEntry.Fault) {
                    bytes = try entry.bytes()
                } catch {
                    throw .bulkEventMismatch(pubsub: pubsub, topic: topic, appID: appID)
                }
                data = isRaw ? bytes : envelope.bytes(for: bytes, contentType: entry.contentType)
            }
            guard let data else { throw .cloudEventUnusable(pubsub: pubsub, appID: appID) }
            messages.append((entry.id, BrokerMessage(topic: topic, data: data, metadata: own)))
        }
        guard open.scopes.allowsPublishing(topic) else {
            throw .topicForbidden(pubsub: pubsub, topic: topic, appID: appID)
        }
        // daprd starts a goroutine for each entry, and the last one started runs first. The recording shows this order,
        // and a subscriber that relies on another one would fail there.
        let order = messages.isEmpty ? [] : [messages[messages.count - 1]] + messages.dropLast()
        try await publish(order, topic, to: open)
    }

    /// Publishes entries, and retries failed ones as the policy says.
    private func publish(
        _ entries: [(id: String, message: BrokerMessage)],
        _ topic: String,
        to open: OpenPubSub
    ) async throws(APIError) {
        let start = meter.start
        let left = EntriesLeft(entries)
        do throws(APIError) {
            try await underPolicy(open, topic) { () async throws(APIError) in
                let entries = left.all
                await open.broker.publishBulk(entries.map(\.message)) { left.note(entries[$0].id, $1) }
                let failed = left.failed
                if !failed.isEmpty {
                    throw APIError(
                        status: 500,
                        errorCode: "ERR_PUBSUB_PUBLISH_MESSAGE",
                        message: "some entries were not taken",
                        failedEntries: failed
                    )
                }
            }
            note(isSuccess: true, entries.count)
        } catch {
            note(isSuccess: false, entries.count - left.all.count)
            throw error
        }

        func note(isSuccess: Bool, _ events: Int) {
            meter.note(since: start) {
                .publishedBulk(component: open.name, topic: topic, isSuccess: isSuccess, events: events, elapsed: $0)
            }
        }
    }

    /// Publishes under the component's policy.
    ///
    /// An attempt that has timed out still waits for the broker, and its events are delivered.
    private func underPolicy(
        _ open: OpenPubSub,
        _ topic: String,
        _ attempt: @escaping @Sendable () async throws(APIError) -> Void
    ) async throws(APIError) {
        let runner = PolicyRunner(policy: open.policy, surroundings: surroundings, meter: meter)
        let timedOut = APIError.publishFailed(pubsub: open.name, topic: topic, reason: "context deadline exceeded")
        let errors = PolicyRunner.Errors<APIError>(
            canRetry: { $0.status == 500 },
            refused: { .publishFailed(pubsub: open.name, topic: topic, reason: "\($0)") },
            isTimeout: { $0 == timedOut }
        )
        try await runner.run(timedOut: timedOut, errors, attempt)
    }

    /// Hands a message to the broker, if the component's scopes allow its topic; waits until the broker has it.
    func send(_ message: BrokerMessage, to open: OpenPubSub) async throws(APIError) {
        guard open.scopes.allowsPublishing(message.topic) else {
            throw .topicForbidden(pubsub: open.name, topic: message.topic, appID: configuration.appID)
        }
        do throws(BrokerError) {
            try await open.broker.publish(message)
        } catch {
            throw .publishFailed(pubsub: open.name, topic: message.topic, reason: "\(error)")
        }
    }

    private func pubsubComponent(_ name: String) throws(APIError) -> OpenPubSub {
        guard let open = components.pubsubs[name] else { throw .pubsubNotFound(name) }
        return open
    }

    private func envelope(
        _ pubsub: String,
        _ topic: String,
        _ metadata: RequestMetadata,
        _ trace: CallTrace
    ) -> Envelope {
        Envelope(
            appID: configuration.appID,
            pubsub: pubsub,
            topic: topic,
            trace: trace,
            metadata: metadata,
            surroundings: surroundings
        )
    }

    private func isRaw(_ metadata: RequestMetadata, pubsub: String) throws(APIError) -> Bool {
        switch metadata["rawPayload"] {
        case nil, "", "0", "f", "F", "false", "FALSE", "False": return false
        case "1", "t", "T", "true", "TRUE", "True": return true
        case let other?:
            throw .badPublishMetadata(
                pubsub: pubsub,
                reason: "rawPayload must be true or false, not \"\(other)\"",
                appID: configuration.appID
            )
        }
    }

    private func bulkEntries(_ body: [UInt8]) throws(RequestFault) -> [BulkPublishEntry] {
        let json = try RequestJSON.value(body)
        guard let array = json.isNull ? [] : json.arrayValue else {
            throw RequestFault(message: "the body must be an array of entries")
        }
        var entries: [BulkPublishEntry] = []
        for member in array { entries.append(try BulkPublishEntry(member)) }
        return entries
    }
}

/// The entries of a bulk publish that the broker does not have yet.
///
/// An attempt that goes on after its timeout shares them with the next attempt.
private final class EntriesLeft: Sendable {
    private let entries: [(id: String, message: BrokerMessage)]
    private let results = Mutex<[ExactText: Result<Void, BrokerError>]>([:])

    init(_ entries: [(id: String, message: BrokerMessage)]) { self.entries = entries }

    var all: [(id: String, message: BrokerMessage)] {
        let results = results.withLock { $0 }
        guard !results.isEmpty else { return entries }
        return entries.filter { if case .success = results[ExactText($0.id)] { false } else { true } }
    }

    /// The remaining entries with the broker's result for each.
    var failed: [APIError.FailedEntry] {
        let results = results.withLock { $0 }
        return all.map { entry in
            guard case .failure(let error) = results[ExactText(entry.id)] else {
                return APIError.FailedEntry(entryID: entry.id, error: "the broker did not say what became of it")
            }
            return APIError.FailedEntry(entryID: entry.id, error: "\(error)")
        }
    }

    /// Records the broker's result; an entry that the broker once had stays accepted.
    func note(_ id: String, _ result: Result<Void, BrokerError>) {
        results.withLock { results in
            if case .success = results[ExactText(id)] { return }
            results[ExactText(id)] = result
        }
    }
}
