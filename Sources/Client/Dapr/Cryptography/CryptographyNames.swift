/// The name of a cryptography component: `metadata.name` of its YAML.
public struct CryptoName: DaprIdentifier {
    /// The name as it stands in the component file.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of a key in the key store or vault behind a cryptography component; not empty.
public struct CryptoKeyName: DaprIdentifier {
    /// The name as the key store has it, with `/version` behind it where it has versions.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// How the key of a message is wrapped with a key of the store.
public struct KeyWrapAlgorithm: DaprIdentifier {
    /// The name as Dapr has it; not empty.
    public let rawValue: String

    /// Makes an algorithm of any text.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// AES key wrap with a key of 256 bits (RFC 3394).
    public static let a256KW: KeyWrapAlgorithm = "A256KW"
    /// AES in CBC mode with a key of 128 bits.
    public static let a128CBC: KeyWrapAlgorithm = "A128CBC"
    /// AES in CBC mode with a key of 192 bits.
    public static let a192CBC: KeyWrapAlgorithm = "A192CBC"
    /// RSA-OAEP with SHA-256 (RFC 8017).
    public static let rsaOAEP256: KeyWrapAlgorithm = "RSA-OAEP-256"
}

/// How the message itself is encrypted.
public enum DataEncryptionCipher: String, Sendable, Hashable, CaseIterable {
    /// AES in Galois/Counter mode, the sidecar's default.
    case aesGCM = "aes-gcm"
    /// ChaCha20 with Poly1305.
    case chaCha20Poly1305 = "chacha20-poly1305"
}

/// Which key the encrypted message names for its decryption.
public enum NamedDecryptionKey: Sendable, Hashable {
    /// The key it was encrypted with.
    case sameKey
    /// Another key, such as the private key to a public one.
    case other(CryptoKeyName)
    /// None: whoever decrypts must know it.
    case none
}
