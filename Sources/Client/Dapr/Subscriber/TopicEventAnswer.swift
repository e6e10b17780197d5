/// What a subscriber answers to an event: status 200 with the body `{"status":"SUCCESS"}`.
///
/// Never answer 404: the sidecar takes that for ``drop``. Any other status than 2xx means ``retry``.
///
/// See [Pub/sub API: expected HTTP response](https://docs.dapr.io/reference/api/pubsub_api/#expected-http-response).
public enum TopicEventAnswer: String, Sendable, Hashable, CaseIterable {
    /// The event was handled.
    case success = "SUCCESS"
    /// The event was not handled and shall come again.
    ///
    /// Whether and when it does is up to the resiliency policy and the broker: without a policy `pubsub.in-memory` and Redis lose it,
    /// and Kafka delivers it again in place.
    case retry = "RETRY"
    /// The event is refused for good; it goes to the dead letter topic if there is one.
    case drop = "DROP"

    /// The body of the answer, as `application/json`.
    public var body: [UInt8] { Array("{\"status\":\"\(rawValue)\"}".utf8) }
}
