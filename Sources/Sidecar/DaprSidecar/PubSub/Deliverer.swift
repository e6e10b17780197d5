internal import DaprJSON
import DaprText

/// Delivers the messages of one subscription to the application, and refused ones to the dead letter topic.
struct Deliverer: Sendable {
    let subscription: TopicSubscription
    let channel: any AppChannel
    let appAPIToken: String?
    let surroundings: Surroundings
    let observer: @Sendable (RuntimeEvent) -> Void
    /// Publishes to another topic of the same component, and waits as every publisher does.
    let publish: @Sendable (BrokerMessage) async throws(APIError) -> Void
    let isStopping: @Sendable () -> Bool
    var meter = RuntimeMeter.none
    var tracing = Tracing()
    /// The faults to apply; `nil` for none.
    var faults: FaultInjector?

    private var definition: SubscriptionDefinition { subscription.definition }

    /// Delivers messages: together for a bulk subscription, otherwise one after another.
    func deliver(_ messages: [BrokerMessage]) async -> [Acknowledgement] {
        if definition.bulk != nil { return await deliver(bulk: messages) }
        var answers: [Acknowledgement] = []
        for message in messages { answers.append(await deliver(message)) }
        return answers
    }

    /// What happens to a message before the application is asked.
    private enum Preparation {
        case ready(Prepared)
        case done(Acknowledgement)
    }

    /// A message that may be delivered, and its path.
    private struct Prepared {
        var id = ""
        /// The index among the messages that are delivered together.
        var index = 0
        var message: BrokerMessage
        var event: CanonicalObject
        var body: [UInt8]
        var path: String
    }

    private func deliver(_ message: BrokerMessage) async -> Acknowledgement {
        let prepared: Prepared
        switch await prepare(message) {
        case .ready(let ready): prepared = ready
        case .done(let answer): return answer
        }
        var request = AppRequest(
            method: "POST",
            target: prepared.path,
            headers: [("Content-Type", "application/cloudevents+json")] + headers(for: prepared),
            body: prepared.body,
            timeout: subscription.policy.timeout
        )
        if faults != nil { request.subject = message.subject(component: definition.pubsub) }
        let asked = request
        do throws(Refusal) {
            try await runner.retry(errors) { () async throws(Refusal) in
                let start = meter.start
                let answer = await answer(to: asked)
                meter.note(since: start) {
                    .delivered(
                        component: definition.pubsub,
                        topic: message.topic,
                        status: answer.metricStatus,
                        elapsed: $0
                    )
                }
                try Refusal.check(answer)
            }
            return .success
        } catch {
            return await giveUp(message, error.answer)
        }
    }

    private var runner: PolicyRunner {
        PolicyRunner(policy: subscription.policy, surroundings: surroundings, meter: meter, isStopping: isStopping)
    }

    private var errors: PolicyRunner.Errors<Refusal> {
        PolicyRunner.Errors(
            canRetry: { $0.canRetry(subscription.policy) },
            refused: { Refusal(answer: .retry(reason: "\($0)", status: nil)) },
            isTimeout: { $0.isTimeout }
        )
    }

    private func answer(to request: AppRequest) async -> DeliveryAnswer {
        do throws(AppChannelError) {
            return DeliveryAnswer(try await channel.send(request))
        } catch {
            return DeliveryAnswer(error)
        }
    }

    private func deliver(bulk messages: [BrokerMessage]) async -> [Acknowledgement] {
        var results = messages.map { _ in Acknowledgement.success }
        var groups: [(path: String, entries: [Prepared])] = []
        for (index, message) in messages.enumerated() {
            switch await prepare(message) {
            case .done(let answer): results[index] = answer
            case .ready(var prepared):
                prepared.id = surroundings.newUUID()
                prepared.index = index
                if let group = groups.firstIndex(where: { $0.path.hasSameBytes(as: prepared.path) }) {
                    groups[group].entries.append(prepared)
                } else {
                    groups.append((prepared.path, [prepared]))
                }
            }
        }
        for group in groups { await deliver(group.entries, to: group.path, &results) }
        return results
    }

    /// Delivers entries together, and retries the failed ones together.
    ///
    /// Writes every answer but success into `results`.
    private func deliver(_ entries: [Prepared], to path: String, _ results: inout [Acknowledgement]) async {
        var open = entries
        var last: [String: DeliveryAnswer] = [:]
        var dropped: [(index: Int, answer: Acknowledgement)] = []
        do throws(Refusal) {
            let attempt = { () async throws(Refusal) in
                let start = meter.start
                last = await answers(to: open, path: path)
                meter.note(since: start) {
                    .deliveredBulk(
                        component: definition.pubsub,
                        topic: definition.topic,
                        events: last.values.reduce(into: [:]) { $0[$1.metricStatus, default: 0] += 1 },
                        elapsed: $0
                    )
                }
                for entry in open {
                    guard let answer = last[entry.id], case .drop = answer else { continue }
                    dropped.append((entry.index, await giveUp(entry.message, answer)))
                }
                open = open.filter { if case .retry = last[$0.id] { true } else { false } }
                if let first = open.first, let answer = last[first.id] { try Refusal.check(answer) }
            }
            try await runner.retry(errors, attempt)
        } catch {
            for entry in open { results[entry.index] = await giveUp(entry.message, last[entry.id] ?? error.answer) }
        }
        for (index, answer) in dropped { results[index] = answer }
    }

    private func answers(to entries: [Prepared], path: String) async -> [String: DeliveryAnswer] {
        var request = AppRequest(
            method: "POST",
            target: path,
            headers: [
                ("Content-Type", "application/json"), ("pubsubName", definition.pubsub),
            ] + traceHeaders(entries.first.map { trace(of: $0.event) } ?? CallTrace()) + token,
            body: bulkBody(entries),
            timeout: subscription.policy.timeout
        )
        if faults != nil {
            let ids = entries.compactMap { $0.event.string("id") }
            request.subject = FaultSubject(
                .deliver,
                component: definition.pubsub,
                topic: entries.first?.message.topic,
                keys: ids
            )
        }
        do throws(AppChannelError) {
            return DeliveryAnswer.bulk(try await channel.send(request), entries: entries.map(\.id))
        } catch {
            return Dictionary(entries.map { ($0.id, DeliveryAnswer(error)) }) { first, _ in first }
        }
    }

    /// The body of a bulk delivery.
    ///
    ///     {"id":"…","entries":[{"entryId":"…","event":{…},"contentType":"…","metadata":{}}],"metadata":{"pubsubName":"p"},…}
    private func bulkBody(_ entries: [Prepared]) -> [UInt8] {
        var writer = JSONWriter(escapingHTML: true, capacity: entries.reduce(200) { $0 + $1.body.count + 200 })
        writer.beginObject()
        writer.key("entries")
        writer.beginArray()
        for entry in entries {
            writer.beginObject()
            writer.key("entryId")
            writer.string(entry.id)
            writer.key("event")
            if definition.isRaw { writer.string(Base64.go.encoded(entry.message.data)) } else { writer.raw(entry.body) }
            writer.key("contentType")
            writer.string(definition.isRaw ? "application/octet-stream" : "application/cloudevents+json")
            writer.key("metadata")
            if let metadata = entry.message.metadata {
                writer.value(.object(JSONObject(metadata.map { ($0.key.text, .string($0.value)) })))
            } else {
                writer.null()
            }
            writer.endObject()
        }
        writer.endArray()
        writer.key("id")
        writer.string(surroundings.newUUID())
        writer.key("metadata")
        writer.value(["pubsubName": .string(definition.pubsub)])
        writer.key("pubsubname")
        writer.string(definition.pubsub)
        writer.key("topic")
        writer.string(definition.topic)
        writer.key("type")
        writer.string("com.dapr.event.sent.bulk")
        writer.endObject()
        return writer.bytes
    }

    /// Decides whether and where a message goes; handles here a message that goes nowhere.
    private func prepare(_ message: BrokerMessage) async -> Preparation {
        let event: CanonicalObject
        let body: [UInt8]
        if definition.isRaw {
            event = Envelope.raw(message, pubsub: definition.pubsub, id: surroundings.newUUID())
            body = event.bytes
        } else {
            guard let read = CanonicalObject(message.data) else {
                return .done(await giveUp(message, .retry(reason: "the message is no JSON object", status: nil)))
            }
            event = read
            body = message.data
        }
        if let text = event.string("expiration"), let expiration = WallTime(rfc3339: text),
            expiration < surroundings.now()
        {
            return .done(await giveUp(message, .drop(reason: "the message has expired")))
        }
        do throws(RoutingRuleError) {
            guard let path = try subscription.path(for: body) else {
                // Without a dead letter topic the message is finished: nothing wants it.
                if definition.deadLetterTopic == nil { return .done(.success) }
                return .done(await giveUp(message, .drop(reason: "no route takes the message")))
            }
            return .ready(Prepared(message: message, event: event, body: body, path: path))
        } catch {
            return .done(await giveUp(message, .retry(reason: "\(error)", status: nil)))
        }
    }

    private func headers(for prepared: Prepared) -> [(name: String, value: String)] {
        var headers = [(name: "pubsubName", value: definition.pubsub)]
        // An event has this member even when its publisher had no trace; without it the message is not an event of
        // Dapr's.
        let hasTrace = prepared.event.has("traceparent") || prepared.event.has("traceid")
        if hasTrace { headers += traceHeaders(trace(of: prepared.event)) }
        for (name, value) in (prepared.message.metadata ?? [:]).sorted(by: { $0.key < $1.key })
        where HeaderText.isFree(name.text) && HeaderText.isValue(value) {
            headers.append((name.text, value))
        }
        return headers + token
    }

    private func trace(of event: CanonicalObject) -> CallTrace {
        CallTrace(traceparent: event.string("traceparent") ?? event.string("traceid"))
    }

    /// The header with which a delivery continues a trace; daprd leaves `tracestate` to the event.
    private func traceHeaders(_ trace: CallTrace) -> [(name: String, value: String)] {
        tracing.header(tracing.span(trace, surroundings)).map { [(name: "traceparent", value: $0)] } ?? []
    }

    private var token: [(name: String, value: String)] {
        appAPIToken.map { $0.isEmpty ? [] : [("dapr-api-token", $0)] } ?? []
    }

    /// Publishes a message to the dead letter topic; without one, leaves it to the broker.
    private func giveUp(_ message: BrokerMessage, _ answer: DeliveryAnswer) async -> Acknowledgement {
        let (pubsub, topic, target) = (definition.pubsub, message.topic, definition.deadLetterTopic)
        let withoutTarget: Acknowledgement
        switch answer {
        case .success: return .success
        case .drop(let reason):
            withoutTarget = .drop
            observer(.deliveryDropped(pubsub: pubsub, topic: topic, reason: reason, deadLetterTopic: target))
        case .retry(let reason, _):
            withoutTarget = .retry
            observer(.deliveryFailed(pubsub: pubsub, topic: topic, reason: reason, deadLetterTopic: target))
        }
        guard let target else { return withoutTarget }
        do throws(APIError) {
            var dead = message
            dead.topic = target
            try await publish(dead)
            return .success
        } catch {
            observer(.deadLetterFailed(pubsub: pubsub, topic: target, reason: error.message))
            return .retry
        }
    }
}

/// A failed delivery.
private struct Refusal: Error {
    let answer: DeliveryAnswer

    var isTimeout: Bool { answer == DeliveryAnswer(AppChannelError.timedOut) }

    static func check(_ answer: DeliveryAnswer) throws(Refusal) {
        if answer != .success { throw Refusal(answer: answer) }
    }

    /// Whether the policy allows a retry after this answer.
    func canRetry(_ policy: ResiliencyPolicy) -> Bool {
        guard case .retry(_, let status) = answer else { return false }
        guard let statuses = policy.retry?.statuses, let status else { return true }
        return statuses.contains { $0.contains(status) }
    }
}
