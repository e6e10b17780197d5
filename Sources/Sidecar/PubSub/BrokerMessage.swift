/// A message on its way through a broker.
struct BrokerMessage: Equatable, Sendable {
    /// The topic it was published to.
    var topic: String
    /// The bytes, as they are delivered.
    var data: [UInt8]
    /// What the publisher attached, which reaches the application as headers; `nil` for an entry of a bulk publish that has none.
    var metadata: [String: String]? = [:]
}
