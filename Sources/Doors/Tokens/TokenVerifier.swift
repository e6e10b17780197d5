import DaprJSON
import DaprText

/// Verifies signed tokens: JWT (RFC 7519) as JWS in its compact form (RFC 7515), following RFC 8725.
///
/// A token cannot choose how it is verified: the policy must have a key for its `alg`; `kid`, `jku`, `jwk` and `x5u`
/// are ignored. The claims are read only after the signature has proved valid.
package struct TokenVerifier: Sendable {
    private let policy: TokenPolicy

    package init(policy: TokenPolicy) { self.policy = policy }

    /// Verifies that a token meets the policy at the time `now`.
    ///
    /// - Parameters:
    ///   - token: The token alone, without `Bearer`.
    ///   - now: Seconds since 1970.
    /// - Returns: The claims of the token.
    /// - Throws: The first reason found to refuse it.
    package func verify(_ token: String, now: Int) throws(TokenError) -> Claims {
        guard token.utf8.count <= TokenPolicy.maximumTokenBytes else {
            throw .tooLarge(limit: TokenPolicy.maximumTokenBytes)
        }
        let bytes = Array(token.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed(.whole) }
        let key = try key(forHeader: parts[0])
        guard let signature = Base64.url.decoded(parts[2]) else { throw .malformed(.signature) }
        let signed = Array(bytes[..<parts[1].endIndex])
        guard try key.isValid(signature, for: signed) else { throw .signatureInvalid }
        guard let payload = TokenObject.decode(parts[1]) else { throw .malformed(.payload) }
        return try Claims(payload, policy: policy, now: now)
    }

    /// The policy's key for the algorithm in the header, if we understand the whole header.
    private func key(forHeader part: ArraySlice<UInt8>) throws(TokenError) -> TokenKey {
        guard let header = TokenObject.decode(part), let name = header["alg"]?.stringValue else {
            throw .malformed(.header)
        }
        guard let key = policy.keys[TokenAlgorithm(rawValue: name)],
            key.algorithm.rawValue.hasSameBytes(as: name)
        else { throw .algorithmNotAllowed }
        if let type = header["typ"] {
            guard let name = type.stringValue, Self.types.contains(name.lowercased()) else { throw .typeNotAllowed }
        }
        guard header["crit"] == nil else { throw .criticalHeaderUnknown }
        return key
    }

    /// The accepted types in lower case: RFC 7519 section 5.1, RFC 9068 section 2.1; `application/` is optional (RFC
    /// 7515 section 4.1.9).
    private static let types: Set<String> = ["jwt", "application/jwt", "at+jwt", "application/at+jwt"]
}
