public import DaprJSON
internal import DaprText

/// One event of a bulk publish.
///
/// On the wire: `{"entryId":"1","event":{"a":1},"contentType":"application/json","metadata":{"partitionKey":"p1"}}`.
/// See [Pub/sub API: bulk publish](https://docs.dapr.io/reference/api/pubsub_api/#publish-multiple-messages-to-a-given-topic).
public struct BulkPublishEntry: Sendable, Hashable {
    /// The name of the entry in this call, by which a failure is reported; not empty and not used twice in a call.
    public let entryID: String
    /// The event as JSON: the value itself, a string for text, a base64 string for bytes.
    public let event: [UInt8]
    /// The media type of the event, by which the sidecar makes the envelope.
    public let contentType: String
    /// Metadata of this entry, such as `partitionKey`; it wins over the call's.
    public var metadata: [String: String]

    private init(entryID: String, event: [UInt8], contentType: String, metadata: [String: String]) {
        self.entryID = entryID
        self.event = event
        self.contentType = contentType
        self.metadata = metadata
    }

    /// Makes an entry of bytes that are exactly one JSON value, put into the request as they are.
    ///
    /// - Parameters:
    ///   - entryID: the name of the entry in this call; not empty and not used twice in a call.
    ///   - json: the event; not empty.
    ///   - contentType: the media type of the event.
    ///   - metadata: metadata of this entry; it wins over the call's.
    public init(
        entryID: String,
        json: [UInt8],
        contentType: String = "application/json",
        metadata: [String: String] = [:]
    ) {
        self.init(entryID: entryID, event: json, contentType: contentType, metadata: metadata)
    }

    /// Makes an entry of a JSON value: `BulkPublishEntry(entryID: "1", value: ["drink": "tea"])`.
    ///
    /// - Parameters:
    ///   - entryID: the name of the entry in this call; not empty and not used twice in a call.
    ///   - value: the event.
    ///   - metadata: metadata of this entry; it wins over the call's.
    public init(entryID: String, value: JSONValue, metadata: [String: String] = [:]) {
        self.init(entryID: entryID, json: value.serialized(), metadata: metadata)
    }

    /// Makes an entry of a value that is encoded to JSON.
    ///
    /// - Parameters:
    ///   - entryID: the name of the entry in this call; not empty and not used twice in a call.
    ///   - value: the event.
    ///   - metadata: metadata of this entry; it wins over the call's.
    /// - Throws: `EncodingError` when the value cannot be JSON, such as a number that is not finite; what its own encoding throws.
    public init(entryID: String, encoding value: some Encodable, metadata: [String: String] = [:]) throws {
        self.init(entryID: entryID, json: try JSONCoding.encode(value), metadata: metadata)
    }

    /// Makes an entry of a CloudEvent, which the sidecar does not wrap again.
    ///
    /// - Parameters:
    ///   - entryID: the name of the entry in this call; not empty and not used twice in a call.
    ///   - event: the event.
    ///   - metadata: metadata of this entry; it wins over the call's.
    public init(entryID: String, event: CloudEvent, metadata: [String: String] = [:]) {
        self.init(entryID: entryID, event: event.encoded(), contentType: CloudEvent.contentType, metadata: metadata)
    }

    /// Makes an entry of text.
    ///
    /// - Parameters:
    ///   - entryID: the name of the entry in this call; not empty and not used twice in a call.
    ///   - text: the event.
    ///   - contentType: the media type of the text, which begins with `text/`.
    ///   - metadata: metadata of this entry; it wins over the call's.
    public init(
        entryID: String,
        text: String,
        contentType: String = "text/plain",
        metadata: [String: String] = [:]
    ) {
        let event = JSONValue.string(text).serialized()
        self.init(entryID: entryID, event: event, contentType: contentType, metadata: metadata)
    }

    /// Makes an entry of bytes, which subscribers get as `data_base64`.
    ///
    /// - Parameters:
    ///   - entryID: the name of the entry in this call; not empty and not used twice in a call.
    ///   - bytes: the event.
    ///   - metadata: metadata of this entry; it wins over the call's.
    public init(entryID: String, bytes: [UInt8], metadata: [String: String] = [:]) {
        let event = JSONValue.string(Base64.standard.encoded(bytes)).serialized()
        self.init(entryID: entryID, event: event, contentType: "application/octet-stream", metadata: metadata)
    }
}

/// Which entries of a bulk publish the broker did not take.
public struct BulkPublishResult: Sendable, Hashable {
    /// An entry that was not taken, as far as the pub/sub component knows.
    public struct Failure: Sendable, Hashable {
        /// The ``BulkPublishEntry/entryID`` of the entry.
        public let entryID: String
        /// The component's words; not for logs.
        public let error: String

        /// Makes a failure, for a transport or a test.
        public init(entryID: String, error: String) {
            self.entryID = entryID
            self.error = error
        }
    }

    /// The entries that were not taken, in the order the sidecar named them; empty when all were taken.
    public let failed: [Failure]

    /// Makes a result, for a test.
    public init(failed: [Failure]) {
        self.failed = failed
    }

    /// Whether the broker took every entry.
    public var isComplete: Bool { failed.isEmpty }
}
