import Synchronization

/// The current basis for verifying tokens: a verifier with its keys, and the revoked tokens.
///
/// Whoever fetches keys or learns of a revocation replaces the whole, and each replacement has the next generation
/// number. A cached verification is stored with its generation and is void in any other. So a removed key or a
/// revocation takes effect with the next request.
package final class TokenTrust: Sendable {
    /// The basis for verifying tokens at one moment.
    package struct Snapshot: Sendable {
        /// Grows by one with each replacement.
        package let generation: Int
        fileprivate let verifier: TokenVerifier
        /// The `jti` of revoked tokens, as bytes.
        fileprivate let revoked: Set<[UInt8]>

        /// Verifies a token: it must meet the policy at the time `now` and not be revoked.
        ///
        /// - Parameters:
        ///   - token: The token alone, without `Bearer`.
        ///   - now: Seconds since 1970.
        /// - Returns: The claims of the token.
        /// - Throws: The first reason found to refuse it.
        package func verify(_ token: String, now: Int) throws(TokenError) -> Claims {
            let claims = try verifier.verify(token, now: now)
            if !revoked.isEmpty, let id = claims.tokenID, revoked.contains(Array(id.utf8)) { throw .revoked }
            return claims
        }
    }

    private let state: Mutex<Snapshot>
    /// A copy of the generation outside the mutex, so that a request with a cached token takes no lock for it.
    private let number = Atomic(0)

    /// Creates the first generation.
    package init(_ verifier: TokenVerifier) {
        state = Mutex(Snapshot(generation: 0, verifier: verifier, revoked: []))
    }

    /// The generation of the newest snapshot.
    package var generation: Int { number.load(ordering: .acquiring) }

    /// The newest snapshot.
    package var current: Snapshot { state.withLock { $0 } }

    /// Replaces the verifier, the revoked tokens or both; `nil` keeps the old value.
    ///
    /// - Parameters:
    ///   - verifier: The verifier from now on.
    ///   - revoked: The `jti` of every revoked token that has not expired.
    package func replace(verifier: TokenVerifier? = nil, revoked: [String]? = nil) {
        state.withLock { state in
            state = Snapshot(
                generation: state.generation + 1,
                verifier: verifier ?? state.verifier,
                revoked: revoked.map { Set($0.map { Array($0.utf8) }) } ?? state.revoked
            )
            number.store(state.generation, ordering: .releasing)
        }
    }
}
