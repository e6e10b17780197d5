import DaprText
internal import JSON

/// Brings the messages of one subscription to the application.
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
    /// What goes wrong on purpose; `nil` for nothing.
    var faults: FaultInjector?

    private var definition: SubscriptionDefinition { subscription.definition }

    /// Serves messages one after another until the queue ends.
    func serve(_ queue: MessageQueue) async {
        if let faults, faults.concerns(.deliver) { return await serve(queue, with: faults) }
        while let message = await queue.next() {
            await fill(queue)
            if definition.bulk == nil { await deliver(message) } else { await deliver(bulk: [message]) }
        }
    }

    /// Waits as long as a bulk delivery waits for others.
    ///
    /// None come: the broker has no bulk of its own, so daprd gathers what it hands over, and it hands over the next message only when
    /// it is done with this one.
    private func fill(_ queue: MessageQueue) async {
        guard let bulk = definition.bulk, bulk.maxMessages > 1 else { return }
        await queue.rest(for: bulk.maxAwait, sleep: surroundings.sleep)
    }

    /// Serves messages in the order that a fault plan gives them.
    private func serve(_ queue: MessageQueue, with faults: FaultInjector) async {
        var order = DeliveryOrder(faults, component: definition.pubsub)
        while true {
            let message =
                order.holdsSome
                ? await queue.next(within: DeliveryOrder.patience, sleep: surroundings.sleep) : await queue.next()
            if message == nil, queue.isClosed { return }
            let passed = message.map { order.pass([$0]) } ?? order.release()
            if definition.bulk == nil {
                for message in passed { await deliver(message) }
            } else if !passed.isEmpty {
                await fill(queue)
                await deliver(bulk: passed)
            }
        }
    }

    /// A message that may be delivered, and where to.
    private struct Prepared {
        var id = ""
        var message: BrokerMessage
        var event: CanonicalObject
        var body: [UInt8]
        var path: String
    }

    private func deliver(_ message: BrokerMessage) async {
        guard let prepared = await prepare(message) else { return }
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
        } catch {
            await giveUp(message, error.answer)
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

    private func deliver(bulk messages: [BrokerMessage]) async {
        var groups: [(path: String, entries: [Prepared])] = []
        for message in messages {
            guard var prepared = await prepare(message) else { continue }
            prepared.id = surroundings.newUUID()
            if let index = groups.firstIndex(where: { $0.path == prepared.path }) {
                groups[index].entries.append(prepared)
            } else {
                groups.append((prepared.path, [prepared]))
            }
        }
        for group in groups { await deliver(group.entries, to: group.path) }
    }

    /// Delivers entries together; those that fail are tried again together.
    private func deliver(_ entries: [Prepared], to path: String) async {
        var open = entries
        var last: [String: DeliveryAnswer] = [:]
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
                    if case .drop = last[entry.id] { await giveUp(entry.message, last[entry.id]) }
                }
                open = open.filter { if case .retry = last[$0.id] { true } else { false } }
                if let first = open.first, let answer = last[first.id] { try Refusal.check(answer) }
            }
            try await runner.retry(errors, attempt)
        } catch {
            for entry in open { await giveUp(entry.message, last[entry.id] ?? error.answer) }
        }
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
                writer.value(.object(JSONObject(metadata.map { ($0.key, .string($0.value)) })))
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

    /// Finds out whether and where a message goes; what goes nowhere is dealt with here.
    private func prepare(_ message: BrokerMessage) async -> Prepared? {
        let event: CanonicalObject
        let body: [UInt8]
        if definition.isRaw {
            event = Envelope.raw(message, pubsub: definition.pubsub, id: surroundings.newUUID())
            body = event.bytes
        } else {
            guard let read = CanonicalObject(message.data) else {
                await giveUp(message, .retry(reason: "the message is no JSON object", status: nil))
                return nil
            }
            event = read
            body = message.data
        }
        if let text = event.string("expiration"), let expiration = WallTime(rfc3339: text),
            expiration < surroundings.now()
        {
            await giveUp(message, .drop(reason: "the message has expired"))
            return nil
        }
        do throws(RoutingRuleError) {
            guard let path = try subscription.path(for: body) else {
                // Without a dead letter topic the message is done with: nobody asked for it.
                if definition.deadLetterTopic != nil {
                    await giveUp(message, .drop(reason: "no route takes the message"))
                }
                return nil
            }
            return Prepared(message: message, event: event, body: body, path: path)
        } catch {
            await giveUp(message, .retry(reason: "\(error)", status: nil))
            return nil
        }
    }

    private func headers(for prepared: Prepared) -> [(name: String, value: String)] {
        var headers = [(name: "pubsubName", value: definition.pubsub)]
        // An event has the field even when its publisher had no trace; what lacks it is no event of Dapr's.
        let hasTrace = prepared.event.has("traceparent") || prepared.event.has("traceid")
        if hasTrace { headers += traceHeaders(trace(of: prepared.event)) }
        for (name, value) in (prepared.message.metadata ?? [:]).sorted(by: { $0.key < $1.key })
        where HeaderText.isFree(name) && HeaderText.isValue(value) {
            headers.append((name, value))
        }
        return headers + token
    }

    private func trace(of event: CanonicalObject) -> CallTrace {
        CallTrace(traceparent: event.string("traceparent") ?? event.string("traceid"))
    }

    /// The header of a delivery that goes on with a trace; daprd leaves `tracestate` to the event.
    private func traceHeaders(_ trace: CallTrace) -> [(name: String, value: String)] {
        tracing.header(tracing.span(trace, surroundings)).map { [(name: "traceparent", value: $0)] } ?? []
    }

    private var token: [(name: String, value: String)] {
        appAPIToken.map { $0.isEmpty ? [] : [("dapr-api-token", $0)] } ?? []
    }

    /// Puts a message on the dead letter topic, or loses it.
    private func giveUp(_ message: BrokerMessage, _ answer: DeliveryAnswer?) async {
        let (pubsub, topic, target) = (definition.pubsub, message.topic, definition.deadLetterTopic)
        switch answer {
        case .success, nil: return
        case .drop(let reason):
            observer(.deliveryDropped(pubsub: pubsub, topic: topic, reason: reason, deadLetterTopic: target))
        case .retry(let reason, _):
            observer(.deliveryFailed(pubsub: pubsub, topic: topic, reason: reason, deadLetterTopic: target))
        }
        guard let target else { return }
        do throws(APIError) {
            var dead = message
            dead.topic = target
            try await publish(dead)
        } catch {
            observer(.deadLetterFailed(pubsub: pubsub, topic: target, reason: error.message))
        }
    }
}

/// A delivery that did not succeed.
private struct Refusal: Error {
    let answer: DeliveryAnswer

    var isTimeout: Bool { answer == DeliveryAnswer(AppChannelError.timedOut) }

    static func check(_ answer: DeliveryAnswer) throws(Refusal) {
        if answer != .success { throw Refusal(answer: answer) }
    }

    /// Whether the policy tries again after this answer.
    func canRetry(_ policy: ResiliencyPolicy) -> Bool {
        guard case .retry(_, let status) = answer else { return false }
        guard let statuses = policy.retry?.statuses, let status else { return true }
        return statuses.contains { $0.contains(status) }
    }
}
