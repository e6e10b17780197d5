import Dapr

/// How much the sidecar may bring with one request: what the subscriptions ask for and what the endpoints take follow from the same numbers,
/// so that no delivery of something that can be on a topic is too long.
///
/// A delivery that is refused for its length is lost whole, and with it what others sent.
package enum DeliveryBounds {
    /// How long the events of one delivery may take: less than the sidecar waits in every set of `components/`, to which a test holds it.
    package static let time: Duration = .seconds(4)

    /// The longest message of a broker that delivers in bulk: Kafka's own limit, unless `message.max.bytes` says otherwise.
    static let bulkMessage = 1 << 20
    /// The longest message of any other: what a sidecar takes to publish.
    static let singleMessage = SidecarLimits.bodyBytes
    /// In how many bytes a sidecar may write one byte of a message.
    static let escapes = SidecarLimits.escapedBytesOfByte
    /// What stands around a message, with room for what brokers add.
    static let envelope = 16 << 10

    /// The most bytes of a request that brings events.
    static let limitInBytes = 36 << 20

    /// How many commands a request brings at most; anyone may send them, straight to the broker and in any spelling.
    static let commands = atMost(16, of: bulkMessage * escapes)
    /// How many of our own changes.
    ///
    /// The sidecar that publishes them measures them as it will deliver them.
    static let changes = atMost(32, of: bulkMessage)
    /// How many dead letters, which come as base64; each is kept whole, so few fit into a transaction.
    static let deadLetters = atMost(4, of: base64(bulkMessage))

    /// Ends the process when the endpoints would not take what the subscriptions ask for; to be called before any is declared.
    ///
    /// All of these numbers are the program's own, so this tells of a mistake in them and of nothing that anybody set.
    static func check() {
        precondition(min(commands, changes, deadLetters) > 1, "an endpoint takes no delivery of several messages")
        let single = base64(singleMessage * escapes + envelope) + envelope
        precondition(single <= limitInBytes, "an endpoint does not take the longest message that comes alone")
    }

    /// How many bytes base64 makes of so many.
    static func base64(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// How many bytes a sidecar writes at most for these bytes of JSON.
    static func escapedCount(_ bytes: [UInt8]) -> Int {
        bytes.reduce(0) { count, byte in
            switch byte {
            case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): count + escapes
            // U+2028 and U+2029 are among the characters that begin so.
            case 0xE2: count + 4
            default: count + 1
            }
        }
    }

    /// As many as wanted, or as fit into a request when each is as long as it can be.
    private static func atMost(_ wanted: Int, of bytes: Int) -> Int {
        min(wanted, limitInBytes / (bytes + envelope))
    }
}
