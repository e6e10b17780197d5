import Synchronization

/// What tokens are verified with now: a verifier with its keys, and the tokens that were called back.
///
/// Whoever fetches keys or learns of a token that was called back replaces the whole, and each replacement has the next number. What is remembered
/// of tokens that were verified is remembered with that number and worth nothing under another: a key that was removed, or a token that was
/// called back, ends with the next request.
package final class TokenTrust: Sendable {
    /// What tokens are verified with at one moment.
    package struct Snapshot: Sendable {
        /// Grows by one with each replacement.
        package let generation: Int
        fileprivate let verifier: TokenVerifier
        /// The `jti` of tokens that were called back, as bytes.
        fileprivate let revoked: Set<[UInt8]>

        /// The claims of a token that keeps to the policy at a time and was not called back.
        ///
        /// - Parameters:
        ///   - token: The token alone, without `Bearer`.
        ///   - now: Seconds since 1970.
        /// - Returns: What the token says.
        /// - Throws: The first reason found to refuse it.
        package func verify(_ token: String, now: Int) throws(TokenError) -> Claims {
            let claims = try verifier.verify(token, now: now)
            if !revoked.isEmpty, let id = claims.tokenID, revoked.contains(Array(id.utf8)) { throw .revoked }
            return claims
        }
    }

    private let state: Mutex<Snapshot>
    /// Beside the state, so that a request whose token is remembered takes no lock for it.
    private let number = Atomic(0)

    /// Makes the first generation.
    package init(_ verifier: TokenVerifier) {
        state = Mutex(Snapshot(generation: 0, verifier: verifier, revoked: []))
    }

    /// The number of the newest snapshot.
    package var generation: Int { number.load(ordering: .acquiring) }

    /// The newest snapshot.
    package var current: Snapshot { state.withLock { $0 } }

    /// Replaces the keys and the policy; what is nil stays.
    ///
    /// - Parameters:
    ///   - verifier: Verifies from now on.
    ///   - revoked: The `jti` of every token that was called back and has not run out.
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
