internal import DaprJSON
import DaprText

/// The CloudEvent in which daprd wraps published data.
///
///     {"data":{…},"datacontenttype":"application/json","id":"<uuid>","pubsubname":"p","source":"<app>","specversion":"1.0",
///      "time":"…","topic":"t","traceid":"","traceparent":"","tracestate":"","type":"com.dapr.event.sent"}
struct Envelope {
    let appID: String
    let pubsub: String
    let topic: String
    let trace: CallTrace
    let metadata: RequestMetadata
    let surroundings: Surroundings

    static let type = "com.dapr.event.sent"

    /// The message for published bytes; `nil` when they should be a CloudEvent but are not.
    func bytes(for body: [UInt8], contentType: String) -> [UInt8]? {
        let content = EventContent(contentType)
        return finished(
            content == .cloudEvent ? CanonicalObject(body).map(readyMade) : made(body, content, contentType)
        )
    }

    /// The message for the caller's own CloudEvent, already parsed; `nil` when it is not an object.
    func bytes(forReadyMade event: JSONValue) -> [UInt8]? { finished(CanonicalObject(event).map(readyMade)) }

    private func finished(_ event: CanonicalObject?) -> [UInt8]? {
        guard var event else { return nil }
        // The broker has no time to live of its own: the receiving side checks this attribute.
        if let text = metadata["ttlInSeconds"], let seconds = Int(text) {
            event.set("expiration", surroundings.now().adding(seconds: seconds).rfc3339)
        }
        return event.bytes
    }

    private func made(_ body: [UInt8], _ content: EventContent, _ contentType: String) -> CanonicalObject {
        var event = CanonicalObject()
        switch content {
        case .json, .cloudEvent:
            do throws(JSONError) {
                event[raw: "data"] = try JSONReencoding.reencoded(body, numbers: .asWritten)
            } catch {
                event.set("data", String(decoding: body, as: UTF8.self))
            }
        case .binary: event.set("data_base64", Base64.go.encoded(body))
        case .text: event.set("data", String(decoding: body, as: UTF8.self))
        }
        event.set("id", metadata["cloudevent.id"] ?? surroundings.newUUID())
        event.set("specversion", "1.0")
        event.set("datacontenttype", contentType.isEmpty ? "text/plain" : contentType)
        event.set("source", metadata["cloudevent.source"] ?? appID)
        event.set("type", metadata["cloudevent.type"] ?? Self.type)
        event.set("topic", topic)
        event.set("pubsubname", pubsub)
        event.set("time", surroundings.now().rfc3339)
        let traceparent =
            metadata["cloudevent.traceparent"] ?? metadata["cloudevent.traceid"] ?? trace.traceparent ?? ""
        event.set("traceid", traceparent)
        event.set("traceparent", traceparent)
        event.set("tracestate", metadata["cloudevent.tracestate"] ?? trace.tracestate ?? "")
        if let subject = metadata["cloudevent.subject"], !subject.isEmpty { event.set("subject", subject) }
        return event
    }

    /// The caller's own CloudEvent with missing attributes filled in, except `id` and `datacontenttype`.
    private func readyMade(_ given: CanonicalObject) -> CanonicalObject {
        var event = given
        event.set("topic", topic)
        event.set("pubsubname", pubsub)
        func fill(_ name: String, _ text: String) {
            if !event.has(name) { event.set(name, text) }
        }
        fill("time", surroundings.now().rfc3339)
        if !event.has("traceid") {
            event.set("traceid", trace.traceparent ?? "")
            event.set("traceparent", trace.traceparent ?? "")
        }
        fill("tracestate", trace.tracestate ?? "")
        fill("source", "Dapr")
        fill("type", Self.type)
        fill("specversion", "1.0")
        return event
    }

    /// The envelope in which a raw subscription gets any published message.
    static func raw(_ message: BrokerMessage, pubsub: String, id: String) -> CanonicalObject {
        var event = CanonicalObject()
        event.set("data_base64", Base64.go.encoded(message.data))
        event.set("datacontenttype", "application/octet-stream")
        event.set("id", id)
        event.set("pubsubname", pubsub)
        event.set("source", "Dapr")
        event.set("specversion", "1.0")
        event.set("topic", message.topic)
        event.set("type", type)
        return event
    }
}
