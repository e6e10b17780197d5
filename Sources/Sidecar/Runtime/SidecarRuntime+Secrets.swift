internal import JSON

/// The secrets building block.
extension SidecarRuntime {
    /// `GET /v1.0/secrets/{store}/{name}`; the JSON object of the answer, `nil` is 204.
    package func secret(_ store: String, _ name: String) async throws(APIError) -> [UInt8]? {
        let found = try secretStore(store)
        guard scope(of: store)?.allows(name) ?? true else { throw .secretDenied(name, store: store) }
        guard let secret = found.secret(name) else {
            throw .secretGet(name, store: store, reason: "secret \(name) not found")
        }
        return secret.isEmpty ? nil : Self.object(secret).serialized(escapingHTML: true)
    }

    /// `GET /v1.0/secrets/{store}/bulk`; the JSON object of the answer, without what a scope forbids.
    package func bulkSecrets(_ store: String) async throws(APIError) -> [UInt8] {
        let found = try secretStore(store)
        let scope = scope(of: store)
        let allowed = found.all().filter { scope?.allows($0.key) ?? true }
        return JSONValue.object(JSONObject(allowed.map { ($0.key, Self.object($0.value)) })).serialized(
            escapingHTML: true
        )
    }

    private func secretStore(_ name: String) throws(APIError) -> any SecretStore {
        let open = components
        if open.secretStores.isEmpty { throw .secretsNotConfigured }
        guard let store = open.secretStores[name] else { throw .secretStoreNotFound(name) }
        return store
    }

    private func scope(of store: String) -> SecretScope? {
        resources.configuration.secretScopes.first { $0.store == store }
    }

    private static func object(_ texts: [String: String]) -> JSONValue {
        .object(JSONObject(texts.map { ($0.key, .string($0.value)) }))
    }
}
