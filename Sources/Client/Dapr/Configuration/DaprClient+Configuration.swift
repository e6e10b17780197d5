internal import DaprJSON

extension DaprClient {
    /// Reads values of a configuration store; keys that it does not have are not in the answer.
    ///
    /// See [Configuration API: get](https://docs.dapr.io/reference/api/configuration_api/#get-configuration).
    ///
    /// - Parameters:
    ///   - keys: the keys, none of them empty; an empty list reads every key of the store.
    ///   - store: the configuration store component.
    ///   - metadata: metadata for the store, such as `sentinelKey`.
    ///   - trace: the trace to continue.
    /// - Returns: the values that the store has, by their keys.
    /// - Throws: ``DaprError``; ``DaprError/Kind/notConfigured`` when there is no such store.
    public func getConfiguration(
        _ keys: [ConfigurationKey],
        in store: ConfigurationStoreName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> [ConfigurationKey: ConfigurationItem] {
        let operation = Operation("GET configuration/{store}", store.rawValue, .reads)
        var path = try path(store, operation)
        try append(keys, metadata, to: &path, operation)
        return try await exchange(operation, "GET", path, trace: trace) { response throws(DaprError) in
            if response.status == 204 { return [:] }
            guard response.isSuccess else { throw operation.refusal(response) }
            guard let items = JSONAnswer(response).flatMap({ ConfigurationItems.items($0.value) }) else {
                throw operation.unreadableAnswer(response, "an object of items was expected")
            }
            return items
        }
    }

    /// Asks the sidecar to post every change of some keys to the app, where ``ConfigurationUpdate`` reads them.
    ///
    /// A subscription ends with the sidecar, or with ``unsubscribeConfiguration(_:in:trace:)``. Changes before it began are not
    /// reported, so read the values after subscribing. With Redis the server must have `notify-keyspace-events` on.
    ///
    /// See [Configuration API: subscribe](https://docs.dapr.io/reference/api/configuration_api/#subscribe-configuration).
    ///
    /// - Parameters:
    ///   - keys: the keys, none of them empty; an empty list subscribes to every key of the store.
    ///   - store: the configuration store component.
    ///   - metadata: metadata for the store.
    ///   - trace: the trace to continue.
    /// - Returns: the id to unsubscribe with.
    /// - Throws: ``DaprError``; ``DaprError/Kind/notConfigured`` when there is no such store, ``DaprError/Kind/outcomeUnknown`` when
    ///   there may be a subscription: it reports changes under an id that the caller does not know.
    public func subscribeConfiguration(
        _ keys: [ConfigurationKey],
        in store: ConfigurationStoreName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> ConfigurationSubscriptionID {
        let operation = Operation("GET configuration/{store}/subscribe", store.rawValue, .writes)
        var path = try path(store, operation)
        path.append(fixed: "subscribe")
        try append(keys, metadata, to: &path, operation)
        return try await exchange(operation, "GET", path, trace: trace) { response throws(DaprError) in
            guard response.isSuccess else { throw operation.refusal(response) }
            guard let id = JSONAnswer(response)?.text("id"), !id.isEmpty else {
                throw operation.unreadableAnswer(response, "an object with an id was expected")
            }
            return ConfigurationSubscriptionID(id)
        }
    }

    /// Ends a subscription.
    ///
    /// See [Configuration API: unsubscribe](https://docs.dapr.io/reference/api/configuration_api/#unsubscribe-configuration).
    ///
    /// - Parameters:
    ///   - id: the subscription, as ``subscribeConfiguration(_:in:metadata:trace:)`` answered it.
    ///   - store: the configuration store component.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``; ``DaprError/Kind/notFound`` when the sidecar has no such subscription, so that there is nothing to end.
    public func unsubscribeConfiguration(
        _ id: ConfigurationSubscriptionID,
        in store: ConfigurationStoreName,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        let operation = Operation("GET configuration/{store}/{id}/unsubscribe", store.rawValue, .writes)
        var path = try path(store, operation)
        if id.rawValue.isEmpty { throw operation.invalidArgument("the id of the subscription is empty") }
        path.append(segment: id.rawValue)
        path.append(fixed: "unsubscribe")
        try await exchange(operation, "GET", path, trace: trace) { response throws(DaprError) in
            if response.isSuccess {
                if JSONAnswer(response)?.value["ok"]?.boolValue == false {
                    throw operation.refusal(response, as: .refused)
                }
                return
            }
            // This answer has no code.
            let missing = "subscription with id \(id.rawValue) does not exist"
            if ErrorAnswer(response).message
                == "failed to unsubscribe to configuration request \(id.rawValue): \(missing)"
            {
                throw operation.refusal(response, as: .notFound)
            }
            throw operation.refusal(response)
        }
    }

    private func path(_ store: ConfigurationStoreName, _ operation: Operation) throws(DaprError) -> RequestPath {
        if store.rawValue.isEmpty { throw operation.invalidArgument("the name of the configuration store is empty") }
        var path = RequestPath("/v1.0/configuration")
        path.append(segment: store.rawValue)
        return path
    }

    private func append(
        _ keys: [ConfigurationKey],
        _ metadata: [String: String],
        to path: inout RequestPath,
        _ operation: Operation
    ) throws(DaprError) {
        for key in keys {
            if key.rawValue.isEmpty { throw operation.invalidArgument("a configuration key is empty") }
            path.append(query: "key", key.rawValue)
        }
        path.append(metadata: metadata)
    }
}
