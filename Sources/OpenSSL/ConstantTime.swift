internal import COpenSSL

/// Comparisons that tell nobody by their time how far two secrets agree.
package enum ConstantTime {
    /// Whether two byte strings are equal; only their lengths can be told from the time it takes.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }
}
