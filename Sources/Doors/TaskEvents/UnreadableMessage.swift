import Dapr
import DaprJSON
import Tasks

/// Creates substitute events for messages that are not events, so that they can go to a dead letter topic.
///
///     {"specversion":"1.0","id":"unreadable-<32 hex digits>","source":"/tasks","type":"task.unreadable",
///      "deadraw":"true","data":{…}}
///
/// The id is derived from the message, so the same message twice is one event.
enum UnreadableMessage {
    /// Creates an event whose data is the message: as a JSON value, or as bytes when it is not JSON.
    static func event(for bytes: [UInt8]) -> CloudEvent {
        // A message that is not JSON is kept as bytes.
        if let value = try? JSONValue(parsing: bytes) { return event(for: value) }
        var event = envelope(of: bytes)
        event.datacontenttype = "application/octet-stream"
        event.dataBase64 = bytes
        return event
    }

    /// Creates an event whose data is a JSON value.
    static func event(for value: JSONValue) -> CloudEvent {
        var event = envelope(of: value.serialized())
        event.data = value
        return event
    }

    private static func envelope(of bytes: [UInt8]) -> CloudEvent {
        // Bytes that are not UTF-8 become replacement characters; the byte count helps to tell such messages apart.
        let hash = Fingerprint(key: "\(bytes.count) \(String(decoding: bytes, as: UTF8.self))", channel: .event)
        return CloudEvent(
            id: "unreadable-\(hash.text)",
            source: "/tasks",
            type: "task.unreadable",
            extensions: [DeadLetterAttribute.raw.rawValue: "true"]
        )
    }
}
