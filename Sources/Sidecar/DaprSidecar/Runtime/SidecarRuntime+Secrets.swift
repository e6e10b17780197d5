internal import DaprJSON
import DaprText

/// The secrets building block.
extension SidecarRuntime {
    /// `GET /v1.0/secrets/{store}/{name}`; the JSON object of the answer, or `nil` for 204.
    package func secret(_ store: String, _ name: String) async throws(APIError) -> [UInt8]? {
        let open = try secretStore(store)
        guard scope(of: store)?.allows(name) ?? true else { throw .secretDenied(name, store: store) }
        let failed = { @Sendable (reason: String) in APIError.secretGet(name, store: store, reason: reason) }
        let secret = try await measured(open, "get", failed) { () throws(SecretStoreError) in
            guard let secret = try await open.store.secret(name) else { throw .unavailable("secret \(name) not found") }
            return secret
        }
        return secret.isEmpty ? nil : Self.object(secret).serialized(escapingHTML: true)
    }

    /// `GET /v1.0/secrets/{store}/bulk`; the JSON object of the answer, without secrets that a scope forbids.
    package func bulkSecrets(_ store: String) async throws(APIError) -> [UInt8] {
        let open = try secretStore(store)
        let scope = scope(of: store)
        let failed = { @Sendable (reason: String) in APIError.bulkSecretGet(store: store, reason: reason) }
        let all = try await measured(open, "bulk_get", failed) { () throws(SecretStoreError) in
            try await open.store.all()
        }
        let allowed = all.filter { scope?.allows($0.key.text) ?? true }
        return JSONValue.object(JSONObject(allowed.map { ($0.key.text, Self.object($0.value)) })).serialized(
            escapingHTML: true
        )
    }

    /// Reads a store under its policy.
    private func measured<Value: Sendable>(
        _ open: OpenSecretStore,
        _ operation: String,
        _ failed: @escaping @Sendable (_ reason: String) -> APIError,
        _ read: @escaping @Sendable () async throws(SecretStoreError) -> Value
    ) async throws(APIError) -> Value {
        let start = meter.start
        let runner = PolicyRunner(policy: open.policy, surroundings: surroundings, meter: meter)
        let timedOut = failed("context deadline exceeded")
        let errors = PolicyRunner.Errors<APIError>(
            canRetry: { _ in true },
            refused: { failed("\($0)") },
            isTimeout: { $0 == timedOut }
        )
        do throws(APIError) {
            let value = try await runner.run(timedOut: timedOut, errors) { () async throws(APIError) in
                do throws(SecretStoreError) {
                    return try await read()
                } catch {
                    throw failed("\(error)")
                }
            }
            meter.note(since: start) {
                .secret(component: open.name, operation: operation, isSuccess: true, elapsed: $0)
            }
            return value
        } catch {
            meter.note(since: start) {
                .secret(component: open.name, operation: operation, isSuccess: false, elapsed: $0)
            }
            throw error
        }
    }

    private func secretStore(_ name: String) throws(APIError) -> OpenSecretStore {
        let open = components
        if open.secretStores.isEmpty { throw .secretsNotConfigured }
        guard let store = open.secretStores[name] else { throw .secretStoreNotFound(name) }
        return store
    }

    private func scope(of store: String) -> SecretScope? {
        resources.configuration.secretScopes.first { $0.store.hasSameBytes(as: store) }
    }

    private static func object(_ texts: [ExactText: String]) -> JSONValue {
        .object(JSONObject(texts.map { ($0.key.text, .string($0.value)) }))
    }
}
