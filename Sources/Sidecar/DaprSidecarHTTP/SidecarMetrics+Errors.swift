import DaprMetrics
import DaprSidecar
import DaprText

/// The codes of refusals, which are counted only when the Configuration enables it.
extension SidecarMetrics {
    func refused(_ error: APIError) { refusals.increment(appID, error.category, error.errorCode) }
}

extension APIError {
    /// The category in which daprd counts the code.
    var category: String {
        let word = errorCode.splitBytes(separator: "_").dropFirst().first.map(String.init) ?? ""
        switch (errorCode, word) {
        case ("ERR_MALFORMED_REQUEST", _): return isIllegalKey ? "state" : "common"
        case ("ERR_NOT_SUPPORTED_STATE_OPERATION", _), (_, "STATE"): return "state"
        case (_, "PUBSUB"), (_, "TOPIC"): return "pubsub"
        case ("ERR_PERMISSION_DENIED", _), (_, "SECRET"): return "secret"
        case ("ERR_DIRECT_INVOKE", _): return "service-invocation"
        case (_, "HEALTH"), (_, "OUTBOUND"): return "health"
        case (_, "SCHEDULER"): return "job"
        default: return "common"
        }
    }

    private var isIllegalKey: Bool {
        details.contains { detail in
            guard case .reason("DAPR_STATE_ILLEGAL_KEY", _) = detail else { return false }
            return true
        }
    }
}
