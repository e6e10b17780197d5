internal import COpenSSL

/// The hash function SHA-256 of FIPS 180-4.
package enum SHA256 {
    /// How many bytes a digest has.
    package static let byteCount = 32

    /// The algorithm, looked up once: a look-up takes longer than the hash of a short text.
    private static let algorithm = Algorithm()

    /// The digest of some bytes.
    package static func digest(of bytes: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        var length: UInt32 = 0
        let code = unsafe bytes.withUnsafeBytes { input in
            unsafe EVP_Digest(input.baseAddress, input.count, &digest, &length, algorithm.pointer, nil)
        }
        guard code == 1, length == byteCount else { throw .drained(during: "EVP_Digest") }
        return digest
    }

    /// Holds libcrypto's method for the life of the process.
    ///
    /// It is `Sendable` because a fetched method never changes.
    @safe
    private final class Algorithm: @unchecked Sendable {
        let pointer: OpaquePointer?

        init() { unsafe pointer = EVP_MD_fetch(nil, "SHA256", nil) }
    }
}
