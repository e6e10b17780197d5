/// Refusals of the pub/sub building block.
extension APIError {
    /// No pub/sub component has this name.
    static func pubsubNotFound(_ pubsub: String) -> APIError {
        APIError(
            status: 404,
            errorCode: "ERR_PUBSUB_NOT_FOUND",
            message: "pubsub \(pubsub) is not found",
            details: [.reason("DAPR_PUBSUB_NOT_FOUND", metadata: [:])]
        )
    }

    /// The component's scopes do not allow this application the topic.
    static func topicForbidden(pubsub: String, topic: String, appID: String) -> APIError {
        let message = "topic \(topic) is not allowed for app id \(appID)"
        return APIError(
            status: 403,
            errorCode: "ERR_PUBSUB_FORBIDDEN",
            message: message,
            details: [
                .resource(type: "pubsub", name: pubsub, description: message),
                .reason("DAPR_PUBSUB_FORBIDDEN", metadata: ["error": message, "topic": topic]),
            ]
        )
    }

    /// The metadata of the call cannot be used.
    static func badPublishMetadata(pubsub: String, reason: String, appID: String) -> APIError {
        let message = "failed deserializing metadata: \(reason)"
        return APIError(
            status: 400,
            errorCode: "ERR_PUBSUB_REQUEST_METADATA",
            message: message,
            details: [
                .resource(type: "pubsub", name: pubsub, description: message),
                .reason("DAPR_PUBSUB_METADATA_DESERIALIZATION", metadata: ["appID": appID]),
            ]
        )
    }

    /// The body is not a CloudEvent although its content type says so.
    static func cloudEventUnusable(pubsub: String, appID: String) -> APIError {
        APIError(
            status: 500,
            errorCode: "ERR_PUBSUB_CLOUD_EVENTS_SER",
            message: "cannot create cloudevent",
            details: [
                .resource(type: "pubsub", name: pubsub, description: "cannot create cloudevent"),
                .reason("DAPR_PUBSUB_CLOUD_EVENT_CREATION", metadata: ["appID": appID]),
            ]
        )
    }

    /// The broker did not take the message.
    static func publishFailed(pubsub: String, topic: String, reason: String) -> APIError {
        let message = "error when publishing to topic \(topic) in pubsub \(pubsub): \(reason)"
        return APIError(
            status: 500,
            errorCode: "ERR_PUBSUB_PUBLISH_MESSAGE",
            message: message,
            details: [
                .resource(type: "pubsub", name: pubsub, description: message),
                .reason("DAPR_PUBSUB_PUBLISH_MESSAGE", metadata: ["error": reason, "topic": topic]),
            ]
        )
    }

    /// The body of a bulk publish cannot be read.
    static func bulkUnreadable(pubsub: String, topic: String, reason: String, appID: String) -> APIError {
        bulkRefused(
            "error when unmarshaling the request for topic \(topic) pubsub \(pubsub): \(reason)",
            pubsub: pubsub,
            code: "DAPR_PUBSUB_UNMARSHAL_EVENTS",
            metadata: ["appID": appID]
        )
    }

    /// An entry of a bulk publish has no identifier, or has the identifier of another entry.
    static func bulkEntryID(pubsub: String, topic: String, appID: String) -> APIError {
        let reason = "entryId is duplicated or not present for entry"
        return bulkRefused(
            "error marshaling events to bytes for topic \(topic) pubsub \(pubsub). error: \(reason)",
            pubsub: pubsub,
            code: "DAPR_PUBSUB_MARSHAL_EVENTS",
            metadata: ["appID": appID, "error": reason]
        )
    }

    /// An entry's event does not match its content type.
    static func bulkEventMismatch(pubsub: String, topic: String, appID: String) -> APIError {
        let reason = "error: mismatch between contentType and event"
        return bulkRefused(
            "error when marshalling cloud event envelope for topic \(topic) pubsub \(pubsub): \(reason)",
            pubsub: pubsub,
            code: "DAPR_PUBSUB_MARSHAL_ENVELOPE",
            metadata: ["appID": appID, "error": reason]
        )
    }

    private static func bulkRefused(
        _ message: String,
        pubsub: String,
        code: String,
        metadata: [String: String]
    ) -> APIError {
        APIError(
            status: 400,
            errorCode: "ERR_PUBSUB_EVENTS_SER",
            message: message,
            details: [
                .resource(type: "pubsub", name: pubsub, description: message), .reason(code, metadata: metadata),
            ]
        )
    }
}
