package import DaprJSON

/// A piece of a stream of events, framed as
/// [HTML says](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation).
///
///     id: 121
///     event: change
///     data: {"sequence":121}
package struct ServerSentEvent: Sendable {
    /// What a client that comes again gives as `Last-Event-ID`.
    package var id: Int?
    package var name: String?
    /// How long a client that lost the stream waits before it comes again, in milliseconds on the wire.
    package var retry: Duration?
    /// The data; `nil` for no event, so that readers only take note of the rest.
    package var data: JSONValue?

    /// Creates an event.
    package init(id: Int? = nil, name: String? = nil, retry: Duration? = nil, data: JSONValue? = nil) {
        self.id = id
        self.name = name
        self.retry = retry
        self.data = data
    }

    /// A comment, which readers pass over; it keeps a silent connection from being taken for a dead one.
    package static let heartbeat = Array(":\n\n".utf8)

    /// The lines of the event, with the empty line that ends it.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        if let id { bytes += "id: \(id)\n".utf8 }
        if let name { bytes += "event: \(name)\n".utf8 }
        if let retry {
            let (seconds, rest) = retry.components
            bytes += "retry: \(seconds * 1000 + rest / 1_000_000_000_000_000)\n".utf8
        }
        if let data {
            bytes += "data: ".utf8
            // JSON escapes the ends of lines, so this is one.
            bytes += data.serialized()
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}
