/// A message that passes through a broker.
package struct BrokerMessage: Equatable, Sendable {
    /// The topic it was published to.
    package var topic: String
    /// The bytes as delivered.
    package var data: [UInt8]
    /// The publisher's metadata, which the application gets as headers; `nil` for an entry of a bulk publish without
    /// any.
    package var metadata: [String: String]?

    package init(topic: String, data: [UInt8], metadata: [String: String]? = [:]) {
        self.topic = topic
        self.data = data
        self.metadata = metadata
    }
}
