internal import DaprJSON
internal import DaprText

extension DaprClient {
    /// Reads one secret: its keys with their values; `nil` when the store says that it does not have it.
    ///
    /// Most secrets have one key, named like the secret. A variable that is not set is an empty text in `secretstores.local.env`.
    /// Stores report a missing secret in words of their own: those of the local file store and of Kubernetes are recognised;
    /// from others it is ``DaprError/Kind/refused`` with the code `ERR_SECRET_GET`.
    ///
    /// See [Secrets API: get](https://docs.dapr.io/reference/api/secrets_api/#get-secret).
    ///
    /// - Parameters:
    ///   - name: the secret; not empty, and not `bulk`, which the API uses for all secrets.
    ///   - store: the secret store component.
    ///   - metadata: metadata for the store, such as `namespace` or `version_id`.
    ///   - trace: the trace to continue.
    /// - Returns: the keys of the secret with their values, or `nil`.
    /// - Throws: ``DaprError``; ``DaprError/Kind/refused`` with status 403 when a scope denies this app the secret.
    public func getSecret(
        _ name: String,
        in store: SecretStoreName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> [String: String]? {
        let operation = Operation("GET secrets/{store}/{name}", store.rawValue, .reads)
        if name.isEmpty { throw operation.invalidArgument("the name of the secret is empty") }
        if name == "bulk" { throw operation.invalidArgument("a secret called bulk cannot be read alone; read all") }
        var path = try path(store, operation)
        path.append(segment: name)
        path.append(metadata: metadata)
        return try await exchange(operation, "GET", path, trace: trace) { response throws(DaprError) in
            if response.status == 204 { return nil }
            guard response.isSuccess else {
                let error = operation.refusal(response)
                if error.errorCode == "ERR_SECRET_GET", isMissing(name, error.message) { return nil }
                throw error
            }
            guard let secret = JSONAnswer(response)?.texts else {
                throw operation.unreadableAnswer(response, "an object of texts was expected")
            }
            return secret
        }
    }

    /// Reads every secret of a store that this app may read, by name.
    ///
    /// See [Secrets API: get bulk](https://docs.dapr.io/reference/api/secrets_api/#get-bulk-secret).
    ///
    /// - Parameters:
    ///   - store: the secret store component.
    ///   - metadata: metadata for the store, such as `namespace`.
    ///   - trace: the trace to continue.
    /// - Returns: the keys of each secret with their values, by the secret's name.
    /// - Throws: ``DaprError``; ``DaprError/Kind/notConfigured`` when there is no such store.
    public func getBulkSecret(
        in store: SecretStoreName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> [String: [String: String]] {
        let operation = Operation("GET secrets/{store}/bulk", store.rawValue, .reads)
        var path = try path(store, operation)
        path.append(fixed: "bulk")
        path.append(metadata: metadata)
        return try await exchange(operation, "GET", path, trace: trace) { response throws(DaprError) in
            if response.status == 204 { return [:] }
            guard response.isSuccess else { throw operation.refusal(response) }
            guard let object = JSONAnswer(response)?.object else {
                throw operation.unreadableAnswer(response, "an object of secrets was expected")
            }
            var secrets: [String: [String: String]] = [:]
            for (name, value) in object {
                guard let texts = JSONAnswer(value).texts else {
                    throw operation.unreadableAnswer(response, "a secret is not an object of texts")
                }
                secrets[name] = texts
            }
            return secrets
        }
    }

    private func path(_ store: SecretStoreName, _ operation: Operation) throws(DaprError) -> RequestPath {
        if store.rawValue.isEmpty { throw operation.invalidArgument("the name of the secret store is empty") }
        var path = RequestPath("/v1.0/secrets")
        path.append(segment: store.rawValue)
        return path
    }

    private func isMissing(_ name: String, _ message: String?) -> Bool {
        guard let message else { return false }
        return message.hasByteSuffix("secret \(name) not found")
            || message.hasByteSuffix("secrets \"\(name)\" not found")
    }
}
