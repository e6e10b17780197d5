/// Refusals that a protocol front makes before it calls a building block.
extension APIError {
    /// No route, or the wrong method: 404, as daprd's fall-through to invocation answers.
    package static let noRoute = APIError(
        status: 404,
        errorCode: "ERR_DIRECT_INVOKE",
        message: "failed getting app id either from the URL path or the header dapr-app-id"
    )

    /// The kind of call whose body was over the limit.
    package enum BodyKind: Sendable {
        /// State: save, bulk, transaction.
        case state
        /// Publish.
        case publish(pubsub: String, topic: String)
        /// Bulk publish.
        case bulkPublish(pubsub: String, topic: String)
    }

    /// The answer to a body over the limit.
    package static func bodyTooLarge(_ kind: BodyKind, appID: String) -> APIError {
        switch kind {
        case .state: APIError(status: 400, errorCode: "ERR_MALFORMED_REQUEST", message: "stream too large")
        case .publish(let pubsub, let topic): .publishFailed(pubsub: pubsub, topic: topic, reason: "stream too large")
        case .bulkPublish(let pubsub, let topic):
            .bulkUnreadable(pubsub: pubsub, topic: topic, reason: "stream too large", appID: appID)
        }
    }
}
