import OpenSSL

/// The name of a signature algorithm as RFC 7518 spells it; compared byte by byte.
package struct TokenAlgorithm: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// HMAC with SHA-256 and a shared secret.
    package static let hs256 = TokenAlgorithm(rawValue: "HS256")
}

/// A key for one algorithm only, so that no token can choose another algorithm for it (RFC 8725 section 3.1).
package struct TokenKey: Sendable {
    package let algorithm: TokenAlgorithm

    /// Whether `signature` was made with the key for `input`.
    private let verifier: @Sendable (_ signature: [UInt8], _ input: [UInt8]) throws(TokenError) -> Bool

    /// The least length of a secret in bytes: that of the hash (RFC 7518 section 3.2).
    package static let minimumSecretBytes = SHA256.byteCount

    /// Creates a key from a shared secret for HS256.
    ///
    /// - Throws: ``TokenError/secretTooShort(minimum:)`` for fewer than ``minimumSecretBytes`` bytes.
    package static func hs256(secret: [UInt8]) throws(TokenError) -> TokenKey {
        let hmac = try HMACSHA256(tokenSecret: secret)
        return TokenKey(algorithm: .hs256) { signature, input throws(TokenError) in
            do throws(OpenSSLError) {
                return try hmac.isValid(signature, for: input)
            } catch {
                throw .cryptographyFailed(error.description)
            }
        }
    }

    private init(
        algorithm: TokenAlgorithm,
        verifier: @escaping @Sendable (_ signature: [UInt8], _ input: [UInt8]) throws(TokenError) -> Bool
    ) {
        self.algorithm = algorithm
        self.verifier = verifier
    }

    /// Whether `signature` was made with the key for `input`; takes the same time whatever the signature.
    func isValid(_ signature: [UInt8], for input: [UInt8]) throws(TokenError) -> Bool {
        try verifier(signature, input)
    }
}

extension HMACSHA256 {
    /// Creates an HMAC for tokens, when the secret is long enough.
    convenience init(tokenSecret: [UInt8]) throws(TokenError) {
        guard tokenSecret.count >= TokenKey.minimumSecretBytes else {
            throw .secretTooShort(minimum: TokenKey.minimumSecretBytes)
        }
        do throws(OpenSSLError) {
            try self.init(key: tokenSecret)
        } catch {
            throw .cryptographyFailed(error.description)
        }
    }
}
