import Dapr
import DaprJSON
import Tasks

/// Makes events that stand for messages which are none, so that they can go to a dead letter topic.
///
///     {"specversion":"1.0","id":"unreadable-<32 hex digits>","source":"/tasks","type":"task.unreadable",
///      "deadraw":"true","data":{…}}
///
/// The id follows from what the message holds, so the same message twice is one event.
enum UnreadableMessage {
    /// An event whose data is a JSON value, or the bytes of a message that is not JSON.
    static func event(for bytes: [UInt8]) -> CloudEvent {
        // What is no JSON is kept as bytes.
        if let value = try? JSONValue(parsing: bytes) { return event(for: value) }
        var event = envelope(of: bytes)
        event.datacontenttype = "application/octet-stream"
        event.dataBase64 = bytes
        return event
    }

    /// An event whose data is a JSON value.
    static func event(for value: JSONValue) -> CloudEvent {
        var event = envelope(of: value.serialized())
        event.data = value
        return event
    }

    private static func envelope(of bytes: [UInt8]) -> CloudEvent {
        // Bytes that are no UTF-8 count as the character for what cannot be read; together with their number that tells messages apart.
        let hash = Fingerprint(key: "\(bytes.count) \(String(decoding: bytes, as: UTF8.self))", channel: .event)
        return CloudEvent(
            id: "unreadable-\(hash.text)",
            source: "/tasks",
            type: "task.unreadable",
            extensions: [DeadLetterAttribute.raw.rawValue: "true"]
        )
    }
}
