internal import DaprJSON
import DaprText
import Synchronization

/// The sidecar's health and metadata.
extension SidecarRuntime {
    /// `GET /v1.0/healthz`; 204.
    ///
    /// `appID` is the query's `appid`.
    package func checkHealth(appID: String?) throws(APIError) {
        if let appID, !appID.hasSameBytes(as: configuration.appID) { throw .otherApp }
        if !state.withLock({ $0.phase.isReady }) { throw .notReady }
    }

    /// `GET /v1.0/healthz/outbound`; 204.
    package func checkOutboundHealth() throws(APIError) {
        if !state.withLock({ $0.phase.isOutboundReady }) { throw .outboundNotReady }
    }

    /// `PUT /v1.0/metadata/{key}`; 204.
    ///
    /// It keeps at most 1,000 new names.
    package func setMetadata(_ key: String, _ value: String) {
        state.withLock { state in
            if state.extended[key] != nil || state.extended.count < 1000 { state.extended[key] = value }
        }
    }

    /// `GET /v1.0/metadata`; the JSON document, without empty members.
    package func metadataDocument() -> [UInt8] {
        let (components, subscriptions, extended) = state.withLock { ($0.components, $0.subscriptions, $0.extended) }
        var document: JSONObject = [
            "id": .string(configuration.appID),
            "runtimeVersion": .string(configuration.runtimeVersion),
            "enabledFeatures": .array(enabledFeatures),
            "actorRuntime": [
                "runtimeStatus": "DISABLED", "hostReady": false, "placement": "placement: disconnected",
            ],
        ]
        var more: JSONObject = ["daprRuntimeVersion": .string(configuration.runtimeVersion)]
        for (key, value) in extended { more[key.text] = .string(value) }
        document["extended"] = .object(more)
        if !components.listed.isEmpty { document["components"] = .array(components.listed.map(\.json)) }
        if !subscriptions.isEmpty { document["subscriptions"] = .array(subscriptions.map(\.definition.json)) }
        document["appConnectionProperties"] = appConnection
        return JSONValue.object(document).serialized(escapingHTML: true)
    }

    /// The features by which a client recognises a development sidecar, whose bulk reads report their errors; daprd
    /// lists its own.
    ///
    /// A sidecar does not list it when its fault plan omits keys from bulk reads.
    private var enabledFeatures: [JSONValue] {
        faults?.plan.rules.contains { $0.action == .omit } == true ? [] : ["DevSidecar"]
    }

    private var appConnection: JSONValue? {
        guard let port = configuration.appPort else { return nil }
        var object: JSONObject = [
            "port": .integer(port), "protocol": .string(configuration.appProtocol),
            "channelAddress": .string(configuration.appChannelAddress),
        ]
        if let check = configuration.appHealthCheck {
            object["health"] = [
                "healthCheckPath": .string(check.path), "healthProbeInterval": .string(GoDuration.text(check.interval)),
                "healthProbeTimeout": .string(GoDuration.text(check.timeout)),
                "healthThreshold": .integer(check.threshold),
            ]
        }
        return .object(object)
    }
}

extension ListedComponent {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["name": .string(name), "type": .string(type), "version": .string(version)]
        if !capabilities.isEmpty { object["capabilities"] = .array(capabilities.map { .string($0) }) }
        return .object(object)
    }
}

extension SubscriptionDefinition {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "pubsubname": .string(pubsub), "topic": .string(topic), "deadLetterTopic": .string(deadLetterTopic ?? ""),
            "type": .string(origin.rawValue),
            "rules": .array(
                rules.map { rule in
                    var object: JSONObject = ["path": .string(rule.path)]
                    if !rule.match.isEmpty { object["match"] = .string(rule.match) }
                    return .object(object)
                }
            ),
        ]
        if !metadata.isEmpty {
            object["metadata"] = .object(JSONObject(metadata.map { ($0.key.text, .string($0.value)) }))
        }
        return .object(object)
    }
}
