public import DaprJSON
internal import DaprText

/// Many events delivered with one request, to a subscription with ``Subscription/bulk``.
///
/// ```json
/// {"id":"<uuid>","entries":[{"entryId":"0","event":{"id":"1",…},"contentType":"application/cloudevents+json","metadata":{}}],
///  "metadata":{"pubsubName":"p"},"pubsubname":"p","topic":"t","type":"com.dapr.event.sent.bulk"}
/// ```
///
/// See [Bulk subscribe](https://docs.dapr.io/developing-applications/building-blocks/pubsub/pubsub-bulk/).
public struct BulkTopicDelivery: Sendable, Hashable {
    /// What an entry brings.
    public enum Content: Sendable, Hashable {
        /// A CloudEvent.
        case event(CloudEvent)
        /// The bytes of a raw message.
        case bytes([UInt8])
        /// A message that is neither; it stays so when it comes again.
        case unreadable(CloudEventError)
    }

    /// One event of the delivery.
    public struct Entry: Sendable, Hashable {
        /// The name of the entry in this delivery, by which it is answered.
        public let entryID: String
        /// What it brings.
        public let content: Content
        /// The same as the sidecar sent it: the event as an object, the bytes of a raw message as a base64 string.
        public let value: JSONValue
        /// The media type that the sidecar gives for it; empty when it gives none.
        public let contentType: String
        /// The metadata of the publisher and the broker, such as `__offset` of Kafka.
        public let metadata: [String: String]
    }

    /// The name of this delivery, new for each.
    public let id: String
    /// The pub/sub component.
    public let pubsub: PubSubName
    /// The topic.
    public let topic: TopicName
    /// The events, in the order of the delivery.
    public let entries: [Entry]

    /// Reads a delivery from the body of the request.
    ///
    /// An entry that cannot be read does not fail the others.
    ///
    /// - Throws: ``CloudEventError/notABulkDelivery`` when the body is not one at all.
    public init(decoding body: [UInt8]) throws(CloudEventError) {
        // Its length is limited by whoever took it in.
        guard let value = try? JSONValue(parsing: body, limits: JSONLimits(bytes: .max)) else {
            // What one sender nested too deep must not cost the events of others.
            guard let delivery = BulkTopicDelivery(slicing: body) else { throw .notABulkDelivery }
            self = delivery
            return
        }
        guard let rows = value["entries"]?.arrayValue else { throw .notABulkDelivery }
        let answer = JSONAnswer(value)
        id = answer.text("id") ?? ""
        pubsub = PubSubName(answer.text("pubsubname") ?? "")
        topic = TopicName(answer.text("topic") ?? "")
        var entries: [Entry] = []
        entries.reserveCapacity(rows.count)
        for row in rows {
            let row = JSONAnswer(row)
            guard let entryID = row.text("entryId"), !entryID.isEmpty else { throw .notABulkDelivery }
            let entry = Entry(
                entryID: entryID,
                content: Self.content(row.value["event"] ?? .null),
                value: row.value["event"] ?? .null,
                contentType: row.text("contentType") ?? "",
                metadata: row.texts("metadata")
            )
            entries.append(entry)
        }
        self.entries = entries
    }

    fileprivate static func content(_ event: JSONValue) -> Content {
        if let text = event.stringValue {
            return Base64.standard.decoded(text).map(Content.bytes) ?? .unreadable(.malformedBase64)
        }
        do throws(CloudEventError) {
            return .event(try CloudEvent(decoding: event))
        } catch {
            return .unreadable(error)
        }
    }

    /// Reads a delivery of which some event is no JSON that can be read; that one's bytes are its content.
    private init?(slicing body: [UInt8]) {
        var texts: [String: String] = [:]
        var entries: [Entry]?
        var slices = JSONSlices(body)
        let isRead = slices.object { slices, name in
            guard name == "entries" else {
                guard let place = slices.value() else { return false }
                texts[name] = slices.text(place)
                return true
            }
            var found: [Entry] = []
            defer { entries = found }
            return slices.array { slices in
                guard let entry = Entry(&slices) else { return false }
                found.append(entry)
                return true
            }
        }
        guard isRead, slices.isAtEnd(), let entries else { return nil }
        id = texts["id"] ?? ""
        pubsub = PubSubName(texts["pubsubname"] ?? "")
        topic = TopicName(texts["topic"] ?? "")
        self.entries = entries
    }

    /// The body of the answer: `{"statuses":[{"entryId":"0","status":"SUCCESS"}]}`, to be sent with status 200.
    ///
    /// The closure answers each entry, in the order of the delivery.
    public func answerBody(_ answer: (Entry) -> TopicEventAnswer) -> [UInt8] {
        Self.answerBody(entries.map { ($0.entryID, answer($0)) })
    }

    /// The body of the answer, for the names of entries each with its answer.
    static func answerBody(_ answers: some Sequence<(String, TopicEventAnswer)>) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("statuses")
        json.beginArray()
        for (entryID, answer) in answers {
            json.beginObject()
            json.key("entryId")
            json.string(entryID)
            json.key("status")
            json.string(answer.rawValue)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}

extension BulkTopicDelivery.Entry {
    /// Reads an entry, the event of which may be no JSON that can be read.
    fileprivate init?(_ slices: inout JSONSlices) {
        var texts: [String: String] = [:]
        var event: [UInt8]?
        var metadata: [String: String] = [:]
        let isRead = slices.object { slices, name in
            guard let place = slices.value() else { return false }
            switch name {
            case "event": event = Array(slices.bytes[place])
            case "metadata":
                let value = try? JSONValue(parsing: Array(slices.bytes[place]))
                metadata = JSONAnswer(["metadata": value ?? .null]).texts("metadata")
            default: texts[name] = slices.text(place)
            }
            return true
        }
        guard isRead, let id = texts["entryId"], !id.isEmpty else { return nil }
        entryID = id
        contentType = texts["contentType"] ?? ""
        self.metadata = metadata
        let bytes = event ?? Array("null".utf8)
        if let value = try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: .max)) {
            self.value = value
            content = BulkTopicDelivery.content(value)
        } else {
            value = .null
            content = .bytes(bytes)
        }
    }
}
