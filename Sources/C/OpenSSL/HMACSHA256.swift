internal import COpenSSL

/// Keyed hashes with SHA-256 under one key: HMAC of RFC 2104.
///
/// The key is prepared once; each code works on a copy of that state. It is `Sendable` because the state is only ever read after `init`, and copying
/// reads it: https://docs.openssl.org/3.0/man7/openssl-threads/
@safe
package final class HMACSHA256: @unchecked Sendable {
    /// How many bytes a code has.
    package static let byteCount = 32

    /// The state after the key went in.
    private let keyed: OpaquePointer

    /// Takes a key of any length; libcrypto keeps its own copy and wipes it at the end.
    package convenience init(key: [UInt8]) throws(OpenSSLError) { try self.init(key: key, digest: "SHA256") }

    /// Takes the name of the digest too, so that tests can see libcrypto refuse one.
    init(key: [UInt8], digest: String) throws(OpenSSLError) {
        guard let algorithm = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { throw .drained(during: "EVP_MAC_fetch") }
        // The context keeps a reference of its own.
        defer { unsafe EVP_MAC_free(algorithm) }
        guard let context = unsafe EVP_MAC_CTX_new(algorithm) else { throw .drained(during: "EVP_MAC_CTX_new") }
        // An empty key still needs an address: none means "the key set before".
        let addressable = key.isEmpty ? [0] : key
        guard unsafe copenssl_hmac_init(context, digest, addressable, key.count) == 1 else {
            unsafe EVP_MAC_CTX_free(context)
            throw .drained(during: "EVP_MAC_init")
        }
        unsafe keyed = context
    }

    deinit { unsafe EVP_MAC_CTX_free(keyed) }

    /// The code of a message.
    package func code(for message: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        guard let context = unsafe EVP_MAC_CTX_dup(keyed) else { throw .drained(during: "EVP_MAC_CTX_dup") }
        defer { unsafe EVP_MAC_CTX_free(context) }
        guard unsafe EVP_MAC_update(context, message, message.count) == 1 else {
            throw .drained(during: "EVP_MAC_update")
        }
        var code = [UInt8](repeating: 0, count: Self.byteCount)
        var length = 0
        guard unsafe EVP_MAC_final(context, &code, &length, code.count) == 1, length == Self.byteCount else {
            throw .drained(during: "EVP_MAC_final")
        }
        return code
    }

    /// Whether a code is the message's, in a time that does not depend on the code's bytes.
    package func isValid(_ code: [UInt8], for message: [UInt8]) throws(OpenSSLError) -> Bool {
        let own = try self.code(for: message)
        return unsafe code.count == own.count && CRYPTO_memcmp(code, own, own.count) == 0
    }
}
