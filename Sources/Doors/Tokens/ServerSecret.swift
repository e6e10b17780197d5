import DaprText
import OpenSSL

/// The secret that all replicas share, from which the keys are derived that sign what clients bring back unchanged.
///
/// It may be two secrets, so that it can be replaced without refusing what was signed before.
package struct ServerSecret: Sendable {
    /// The least length of one secret in bytes.
    package static let minimumBytes = 32

    /// The secret that signs, and the one before it.
    private let newest: [UInt8]
    private let older: [UInt8]?

    /// Reads one secret, or two with a comma between them: the new one and the one before it.
    ///
    /// - Throws: ``ServerSecretError``.
    package init(parsing text: String) throws(ServerSecretError) {
        let secrets = text.splitBytes(separator: ",", omittingEmptySubsequences: false).map {
            Array($0.trimmingBlanks().utf8)
        }
        guard secrets.count <= 2 else { throw .tooMany(secrets.count) }
        for secret in secrets where secret.count < Self.minimumBytes { throw .tooShort(bytes: secret.count) }
        newest = secrets.first ?? []
        older = secrets.count > 1 ? secrets.last : nil
    }

    /// The signer for one purpose, whose keys are of use for no other.
    ///
    /// - Throws: ``TokenError/cryptographyFailed(_:)``.
    package func signer(for purpose: TextSigner.Purpose) throws(TokenError) -> TextSigner {
        do throws(OpenSSLError) {
            let info = "task-server \(purpose.rawValue)"
            let key = try HMACSHA256(key: HKDFSHA256.key(from: newest, for: info))
            guard let older else { return TextSigner(key: key, older: nil) }
            return TextSigner(key: key, older: try HMACSHA256(key: HKDFSHA256.key(from: older, for: info)))
        } catch {
            throw .cryptographyFailed(error.description)
        }
    }
}

/// Why a text cannot be the server's secret.
package enum ServerSecretError: Error, Equatable, Sendable {
    /// One of the secrets is too short to be safe.
    case tooShort(bytes: Int)
    /// There are more than two.
    case tooMany(Int)
}
