internal import COpenSSL

/// Keys derived from a secret with SHA-256: HKDF of [RFC 5869](https://www.rfc-editor.org/rfc/rfc5869), without a salt.
package enum HKDFSHA256 {
    /// Derives a key of 32 bytes.
    ///
    /// - Parameters:
    ///   - secret: The secret, of any length; it must be hard to guess.
    ///   - purpose: What the key is for; other purposes have other keys, of which none tells anything of another.
    /// - Returns: The key.
    /// - Throws: ``OpenSSLError``.
    package static func key(from secret: [UInt8], for purpose: String) throws(OpenSSLError) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: SHA256.byteCount)
        let info = Array(purpose.utf8)
        guard unsafe copenssl_hkdf_sha256(secret, secret.count, info, info.count, &key, key.count) == 1 else {
            throw .drained(during: "EVP_KDF_derive")
        }
        return key
    }
}
