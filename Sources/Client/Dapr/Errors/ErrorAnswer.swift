internal import DaprJSON
internal import DaprText

/// The sidecar's answer to a call that failed: `{"errorCode":"ERR_STATE_SAVE","message":"…"}`.
///
/// Only these two fields are stable; `details` is not read. Some refusals are plain text (a wrong API token).
struct ErrorAnswer {
    let status: Int
    let code: String?
    let message: String?

    init(_ response: DaprResponse) {
        status = response.status
        // A body that is not JSON is told by the missing code; why it is not does not matter here.
        let body = try? JSONValue(parsing: response.body)
        code = body?["errorCode"]?.stringValue
        message = body?["message"]?.stringValue ?? String(decoding: response.body.prefix(200), as: UTF8.self)
    }

    /// Whether the component that was named is missing.
    ///
    /// It is looked up first, so nothing has happened.
    var isAboutMissingComponent: Bool {
        guard let code else { return false }
        return code.hasByteSuffix("_NOT_CONFIGURED") || code.hasByteSuffix("_STORE_NOT_FOUND")
            || Self.missingComponents.contains(code)
    }

    /// Whether a write may have happened although this was answered.
    ///
    /// A 4xx is decided before anything is written. A 5xx comes from the store, the broker, or something between, any of which
    /// can fail after the write, except where the code says that it was never tried.
    var leavesOutcomeOpen: Bool {
        if status == 408 { return true }
        guard status >= 500 else { return code == "ERR_STATE_SAVE" }
        return !Self.refusalsBeforeWriting.contains(code ?? "")
    }

    private static let missingComponents: Set<String> = [
        "ERR_CRYPTO_NOT_FOUND",
        "ERR_CRYPTO_PROVIDER_NOT_FOUND",
        "ERR_PUBSUB_NOT_FOUND",
    ]

    private static let refusalsBeforeWriting: Set<String> = [
        "ERR_API_UNIMPLEMENTED",
        "ERR_APP_CHANNEL_NIL",
        "ERR_HEALTH_NOT_READY",
        "ERR_PUBLISH_OUTBOX",
        "ERR_PUBSUB_CLOUD_EVENTS_SER",
        "ERR_STATE_STORE_NOT_SUPPORTED",
    ]
}
