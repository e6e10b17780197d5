import Dapr

/// The size and time limits of a delivery by the sidecar.
///
/// The subscriptions and the endpoints use the same numbers, so that no delivery of anything that can be on a topic is
/// too long. A delivery that is refused for its length is lost as a whole, with the messages of other senders in it.
package enum DeliveryBounds {
    /// How long the events of one delivery may take; shorter than the sidecar's timeout in every set of `components/`,
    /// which a test checks.
    package static let time: Duration = .seconds(4)

    /// The longest message, in bytes, of a broker that delivers in bulk: Kafka's limit, unless `message.max.bytes`
    /// changes it.
    static let bulkMessage = 1 << 20
    /// The longest message, in bytes, of any other broker: the limit for publishing through a sidecar.
    static let singleMessage = SidecarLimits.bodyBytes
    /// The most bytes that a sidecar may write for one byte of a message.
    static let escapes = SidecarLimits.escapedBytesOfByte
    /// The bytes around a message, with room for whatever brokers add.
    static let envelope = 16 << 10

    /// The most bytes in a delivery request.
    static let limitInBytes = 36 << 20

    /// The most commands in a delivery; anyone may send them, straight to the broker and in any spelling.
    static let commands = atMost(16, of: bulkMessage * escapes)
    /// The most changes in a delivery; they are our own.
    ///
    /// The sidecar that publishes them measures them in the form in which it will deliver them.
    static let changes = atMost(32, of: bulkMessage)
    /// The most dead letters in a delivery; they come as base64, and each is kept whole, so few fit into a transaction.
    static let deadLetters = atMost(4, of: base64(bulkMessage))

    /// Ends the process when the endpoints would refuse what the subscriptions ask for; to be called before either is
    /// declared.
    ///
    /// All of these numbers are constants, so a failure is a mistake in the program and never in a setting.
    static func check() {
        precondition(min(commands, changes, deadLetters) > 1, "an endpoint takes no delivery of several messages")
        let single = base64(singleMessage * escapes + envelope) + envelope
        precondition(single <= limitInBytes, "an endpoint does not take the longest message that comes alone")
    }

    /// The length of `count` bytes in base64.
    static func base64(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// The most bytes that a sidecar writes for these bytes of JSON.
    static func escapedCount(_ bytes: [UInt8]) -> Int {
        bytes.reduce(0) { count, byte in
            switch byte {
            case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): count + escapes
            // The first byte of U+2028 and U+2029, among others.
            case 0xE2: count + 4
            default: count + 1
            }
        }
    }

    /// `wanted`, or as many as fit into a request when each has `bytes` bytes.
    private static func atMost(_ wanted: Int, of bytes: Int) -> Int {
        min(wanted, limitInBytes / (bytes + envelope))
    }
}
