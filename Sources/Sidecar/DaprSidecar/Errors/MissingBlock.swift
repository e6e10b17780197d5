/// A building block of Dapr that this sidecar does not offer.
package enum MissingBlock: String, CaseIterable, Sendable {
    case bindings
    case lock = "distributed locks"
    case configuration
    case cryptography
    case subtleCryptography = "subtle cryptography"
    case actors
    case workflow = "workflows"
    case conversation

    /// daprd's answer when no component serves the building block.
    fileprivate var refusal: (status: Int, errorCode: String) {
        switch self {
        case .bindings: (500, "ERR_INVOKE_OUTPUT_BINDING")
        case .lock: (500, "ERR_LOCK_STORE_NOT_CONFIGURED")
        case .configuration: (500, "ERR_CONFIGURATION_STORE_NOT_CONFIGURED")
        case .cryptography: (500, "ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED")
        case .subtleCryptography: (501, "ERR_API_UNIMPLEMENTED")
        case .actors, .workflow: (400, "ERR_ACTOR_NO_PLACEMENT")
        case .conversation: (400, "ERR_CONVERSATION_NOT_FOUND")
        }
    }
}

extension APIError {
    /// The call belongs to a building block that this sidecar does not offer.
    package static func notOffered(_ block: MissingBlock) -> APIError {
        let (status, errorCode) = block.refusal
        return APIError(
            status: status,
            errorCode: errorCode,
            message: "\(block.rawValue): this sidecar does not offer the building block; run the same folder with "
                + "`dapr run` where you need it"
        )
    }
}
