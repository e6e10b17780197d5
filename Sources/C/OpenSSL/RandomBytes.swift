internal import COpenSSL

/// Bytes from libcrypto's generator, which the system seeds: fit for keys.
package enum RandomBytes {
    /// Makes some random bytes; a negative count makes none.
    package static func make(_ count: Int) throws(OpenSSLError) -> [UInt8] {
        guard let length = Int32(exactly: max(0, count)) else { throw .countTooLarge(count) }
        var bytes = [UInt8](repeating: 0, count: Int(length))
        guard unsafe RAND_bytes(&bytes, length) == 1 else { throw .drained(during: "RAND_bytes") }
        return bytes
    }
}
