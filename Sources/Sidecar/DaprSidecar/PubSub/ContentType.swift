import DaprText

/// What the content type of a published event says about its data.
enum EventContent: Equatable {
    /// A JSON value.
    case json
    /// A whole CloudEvent as JSON.
    case cloudEvent
    /// Bytes.
    case binary
    /// Text of any kind.
    case text

    init(_ contentType: String) {
        // Nearly all are written like this; other spellings take longer.
        switch contentType {
        case "application/json":
            self = .json
            return
        case "application/cloudevents+json":
            self = .cloudEvent
            return
        default: break
        }
        switch Self.mediaType(contentType) {
        case "application/json": self = .json
        case "application/cloudevents+json": self = .cloudEvent
        case "application/octet-stream", "application/cloudevents+protobuf": self = .binary
        default: self = .text
        }
    }

    /// The type without its parameters, in lower case.
    static func mediaType(_ contentType: String) -> String {
        let bare = contentType.prefix(beforeByte: ";").lowercased()
        return bare.filter { $0 != " " && $0 != "\t" }
    }
}
