/// Refusals of secrets, invocation and health.
extension APIError {
    /// The sidecar has no secret store at all.
    static let secretsNotConfigured = APIError(
        status: 500,
        errorCode: "ERR_SECRET_STORES_NOT_CONFIGURED",
        message: "secret store is not configured"
    )

    /// No secret store has this name; daprd answers 401.
    static func secretStoreNotFound(_ store: String) -> APIError {
        APIError(
            status: 401,
            errorCode: "ERR_SECRET_STORE_NOT_FOUND",
            message: "failed finding secret store with key \(store)"
        )
    }

    /// A scope forbids the secret.
    static func secretDenied(_ name: String, store: String) -> APIError {
        APIError(
            status: 403,
            errorCode: "ERR_PERMISSION_DENIED",
            message: "access denied by policy to get \"\(name)\" from \"\(store)\""
        )
    }

    /// The store does not have the secret, or could not be read.
    static func secretGet(_ name: String, store: String, reason: String) -> APIError {
        APIError(
            status: 500,
            errorCode: "ERR_SECRET_GET",
            message: "failed getting secret with key \(name) from secret store \(store): \(reason)"
        )
    }

    /// The secrets of a store could not be read.
    static func bulkSecretGet(store: String, reason: String) -> APIError {
        APIError(
            status: 500,
            errorCode: "ERR_SECRET_GET",
            message: "failed getting secrets from secret store \(store): \(reason)"
        )
    }

    /// A call to an application got no answer.
    package static func invocation(_ appID: String, reason: String) -> APIError {
        APIError(status: 500, errorCode: "ERR_DIRECT_INVOKE", message: "failed to invoke, id: \(appID), err: \(reason)")
    }

    /// The sidecar has not started yet, or is stopping.
    static let notReady = APIError(
        status: 500,
        errorCode: "ERR_HEALTH_NOT_READY",
        message: "dapr is not ready: [runtime]"
    )

    /// The components are not open yet.
    static let outboundNotReady = APIError(
        status: 500,
        errorCode: "ERR_OUTBOUND_HEALTH_NOT_READY",
        message: "dapr outbound is not ready"
    )

    /// The caller asked about another application.
    static let otherApp = APIError(
        status: 500,
        errorCode: "ERR_HEALTH_APPID_NOT_MATCH",
        message: "dapr app-id does not match"
    )
}
