package import Dapr
package import Tokens

/// Why the service cannot start; each description says what to do.
package enum StartupError: Error, Equatable, Sendable {
    /// The sidecar did not become ready in time.
    case sidecarAbsent(endpoint: String, after: Duration)
    /// The sidecar answered with an error that waiting does not cure.
    case sidecar(DaprError)
    /// The secret store does not have this secret, or the secret does not have this key.
    case secretMissing(SecretPlace)
    /// The key that verifies tokens is too short to be safe.
    case secretTooShort(name: String, bytes: Int, atLeast: Int)
    /// The server's secret cannot be one.
    case serverSecret(name: String, ServerSecretError)
    /// The sidecar has no component of this name.
    case stateStoreMissing(name: String, known: [String])
    /// The store lacks a capability that the journal needs.
    case stateStoreIncapable(name: String, type: String, missing: [String])
    /// The store claims transactions, but leaves half of a refused one behind.
    case stateStoreWithoutRollback(name: String, type: String)
    /// The startup was cancelled.
    case cancelled
}

extension StartupError: CustomStringConvertible {
    /// What failed and what to do about it.
    package var description: String {
        switch self {
        case .sidecarAbsent(let endpoint, let after):
            "no Dapr sidecar was ready at \(endpoint) within \(after.components.seconds) s; start one beside this program (make run, dapr run -f .), or name its port in DAPR_HTTP_PORT"
        case .sidecar(let error):
            "the sidecar refused: \(error)"
        case .secretMissing(let place):
            "the secret store \(place.store.rawValue) has no secret \(place.name) with the key \(place.key); add it there (`openssl rand -hex 32` makes one), or name another with --secret-store, --\(place.setting)-name and --\(place.setting)-key"
        case .secretTooShort(let name, let bytes, let atLeast):
            "the secret \(name) has \(bytes) bytes; HS256 needs at least \(atLeast), as `openssl rand -hex 32` makes them"
        case .serverSecret(let name, .tooShort(let bytes)):
            "the secret \(name) has \(bytes) bytes; it needs at least \(ServerSecret.minimumBytes), as `openssl rand -hex 32` makes them, and all replicas need the same"
        case .serverSecret(let name, .tooMany(let count)):
            "the secret \(name) is \(count) secrets with commas between them; give one, or the new one and the one before it"
        case .stateStoreMissing(let name, let known):
            "the sidecar has no component \(name), only \(known.isEmpty ? "none" : known.joined(separator: ", ")); add its file to the resources path, or name another with --state-store"
        case .stateStoreIncapable(let name, let type, let missing):
            "the state store \(name) (\(type)) cannot do \(missing.joined(separator: " and ")), which every write rests on; use state.postgresql (v2) or state.sqlite"
        case .stateStoreWithoutRollback(let name, let type):
            "the state store \(name) (\(type)) does not roll a refused transaction back, so writes could be lost by half; use state.postgresql (v2) or state.sqlite"
        case .cancelled:
            "the start was given up"
        }
    }
}
