package import DaprText

/// A message that passes through a broker.
package struct BrokerMessage: Equatable, Sendable {
    /// The topic it was published to.
    package var topic: String
    /// The bytes as delivered.
    package var data: [UInt8]
    /// What the publisher attached, which reaches the application as headers; `nil` for an entry of a bulk publish that has none.
    package var metadata: [ExactText: String]?

    package init(topic: String, data: [UInt8], metadata: [ExactText: String]? = [:]) {
        self.topic = topic
        self.data = data
        self.metadata = metadata
    }
}
