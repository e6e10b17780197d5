public import DaprJSON

/// An event as Dapr delivers and takes it: [CloudEvents 1.0](https://github.com/cloudevents/spec) in JSON.
///
/// ```json
/// {"id":"1","specversion":"1.0","type":"com.dapr.event.sent","source":"orders","datacontenttype":"application/json",
///  "topic":"t","pubsubname":"p","time":"2026-08-14T10:00:00Z","traceparent":"00-…","data":{"a":1}}
/// ```
///
/// A topic event can be delivered more than once. Its `id` together with its `source` tells a repeat.
///
/// See [Publishing and subscribing with CloudEvents](https://docs.dapr.io/developing-applications/building-blocks/pubsub/pubsub-cloudevents/).
public struct CloudEvent: Sendable, Hashable {
    /// The media type of a CloudEvent in JSON: `application/cloudevents+json`.
    public static let contentType = "application/cloudevents+json"

    /// Names the event among those of its source.
    public var id: String
    /// Where the event comes from: a URI reference; Dapr fills in the app id.
    public var source: String
    /// What happened, such as `task.created`; Dapr fills in `com.dapr.event.sent`.
    public var type: String
    /// The version of the specification, `1.0`.
    public var specversion: String
    /// What the event is about, within its source.
    public var subject: String?
    /// When it happened, as RFC 3339 text; kept as it came, since an event that is passed on must stay the same.
    public var time: String?
    /// The media type of the data; `nil` counts as JSON.
    public var datacontenttype: String?
    /// The URI of a schema for the data.
    public var dataschema: String?
    /// The topic, as Dapr writes it; absent from other producers.
    public var topic: String?
    /// The pub/sub component, as Dapr writes it; absent from other producers.
    public var pubsubname: String?
    /// The trace of the publisher; `nil` when Dapr wrote an empty one.
    public var traceparent: String?
    /// The state of the trace; `nil` when Dapr wrote an empty one.
    public var tracestate: String?
    /// The data as JSON: a value for JSON, a string for text; `nil` when there is none or it is in ``dataBase64``.
    public var data: JSONValue?
    /// The data as bytes, from `data_base64`; `nil` when there is none or it is in ``data``.
    public var dataBase64: [UInt8]?
    /// Every other attribute by its name, `traceid` and `expiration` of Dapr among them.
    public var extensions: [String: JSONValue]

    /// Makes an event.
    ///
    /// - Parameters:
    ///   - id: names the event among those of its source.
    ///   - source: where the event comes from: a URI reference.
    ///   - type: what happened, such as `task.created`.
    ///   - subject: what the event is about, within its source.
    ///   - time: when it happened, as RFC 3339 text; ``DaprTimestamp`` writes one.
    ///   - datacontenttype: the media type of the data; `nil` counts as JSON.
    ///   - data: the data as JSON; `nil` for none.
    ///   - extensions: other attributes by their names.
    public init(
        id: String,
        source: String,
        type: String,
        subject: String? = nil,
        time: String? = nil,
        datacontenttype: String? = "application/json",
        data: JSONValue? = nil,
        extensions: [String: JSONValue] = [:]
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.specversion = "1.0"
        self.subject = subject
        self.time = time
        self.datacontenttype = datacontenttype
        self.data = data
        self.extensions = extensions
    }

    /// Makes an event with data that is encoded to JSON.
    ///
    /// - Parameters:
    ///   - id: names the event among those of its source.
    ///   - source: where the event comes from: a URI reference.
    ///   - type: what happened, such as `task.created`.
    ///   - subject: what the event is about, within its source.
    ///   - time: when it happened; `nil` to leave it to the sidecar.
    ///   - data: the data.
    ///   - extensions: other attributes by their names.
    /// - Throws: `EncodingError` when the data cannot be JSON, such as a number that is not finite; what its own encoding throws.
    public init(
        id: String,
        source: String,
        type: String,
        subject: String? = nil,
        time: DaprTimestamp? = nil,
        encoding data: some Encodable,
        extensions: [String: JSONValue] = [:]
    ) throws {
        self.init(
            id: id,
            source: source,
            type: type,
            subject: subject,
            time: time?.description,
            data: try JSONCoding.encodeValue(data),
            extensions: extensions
        )
    }

    /// The trace to continue in calls made for this event; `nil` when the event names none that is valid.
    public var trace: TraceContext? {
        traceparent.flatMap { TraceContext(traceparent: $0, tracestate: tracestate) }
    }

    /// The data as a type of the caller's.
    ///
    /// - Throws: ``CloudEventError/noData`` when there is no JSON data, `DecodingError` when it does not fit the type.
    public func decodedData<T: Decodable>(_ type: T.Type) throws -> T {
        guard let data else { throw CloudEventError.noData }
        return try JSONCoding.decode(type, fromValue: data)
    }
}
