extension DaprClient {
    /// Asks the sidecar for its version, components and subscriptions.
    ///
    /// See [Metadata API: get](https://docs.dapr.io/reference/api/metadata_api/#get-the-dapr-sidecar-information).
    ///
    /// - Parameter trace: the trace to continue.
    /// - Returns: what the sidecar says of itself.
    /// - Throws: ``DaprError``; a read never has an unknown outcome.
    public func getMetadata(trace: TraceContext? = nil) async throws(DaprError) -> SidecarMetadata {
        let operation = Operation("GET metadata", nil, .reads)
        return try await exchange(operation, "GET", RequestPath("/v1.0/metadata"), trace: trace) {
            response throws(DaprError) in
            guard response.isSuccess else { throw operation.refusal(response) }
            guard let answer = JSONAnswer(response), let id = answer.text("id") else {
                throw operation.unreadableAnswer(response, "an object with an id was expected")
            }
            return SidecarMetadata(
                id: AppID(id),
                runtimeVersion: answer.text("runtimeVersion") ?? "",
                enabledFeatures: answer.textList("enabledFeatures"),
                components: answer.list("components").map(component),
                subscriptions: answer.list("subscriptions").map(subscription),
                extended: answer.texts("extended")
            )
        }
    }

    /// Adds or replaces a value in ``SidecarMetadata/extended``; it is forgotten when the sidecar ends.
    ///
    /// See [Metadata API: add](https://docs.dapr.io/reference/api/metadata_api/#add-a-custom-label-to-the-dapr-sidecar-information).
    ///
    /// - Parameters:
    ///   - name: the name of the value; not empty.
    ///   - value: the value.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``; ``DaprError/Kind/outcomeUnknown`` when the value may be set: setting it again is safe.
    public func setMetadata(
        _ name: String,
        to value: String,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        let operation = Operation("PUT metadata/{name}", nil, .writes)
        if name.isEmpty { throw operation.invalidArgument("the name of the value is empty") }
        var path = RequestPath("/v1.0/metadata")
        path.append(segment: name)
        try await exchange(
            operation,
            "PUT",
            path,
            body: Array(value.utf8),
            contentType: "text/plain",
            trace: trace
        ) { response throws(DaprError) in
            try expectNoContent(operation, response)
        }
    }

    private func component(_ answer: JSONAnswer) -> SidecarMetadata.Component {
        SidecarMetadata.Component(
            name: answer.text("name") ?? "",
            type: answer.text("type") ?? "",
            version: answer.text("version") ?? "",
            capabilities: Set(answer.textList("capabilities"))
        )
    }

    private func subscription(_ answer: JSONAnswer) -> SidecarMetadata.ActiveSubscription {
        let deadLetterTopic = answer.text("deadLetterTopic") ?? ""
        return SidecarMetadata.ActiveSubscription(
            pubsub: PubSubName(answer.text("pubsubname") ?? ""),
            topic: TopicName(answer.text("topic") ?? ""),
            rules: answer.list("rules").map(rule),
            deadLetterTopic: deadLetterTopic.isEmpty ? nil : TopicName(deadLetterTopic),
            type: answer.text("type") ?? "",
            metadata: answer.texts("metadata")
        )
    }

    private func rule(_ answer: JSONAnswer) -> SidecarMetadata.Rule {
        let match = answer.text("match") ?? ""
        return SidecarMetadata.Rule(match: match.isEmpty ? nil : match, path: answer.text("path") ?? "")
    }
}
