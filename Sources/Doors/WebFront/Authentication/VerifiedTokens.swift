import DaprText
import Synchronization

/// A cache of recently verified credentials.
///
/// The same bytes are not verified again until the token expires or the basis of verification changes. Only verified
/// credentials come in, so nobody without a valid token can fill the cache; when it is full, it is emptied.
final class VerifiedTokens: Sendable {
    private static let limit = 4096

    private struct State {
        /// The generation of ``TokenTrust`` with which all entries were verified.
        var generation = 0
        /// Keyed by the last bytes of the signature, because hashing a whole credential would cost more than everything
        /// else here.
        var tokens: [UInt64: Entry] = [:]
    }

    private let state = Mutex(State())

    /// The principal of credentials (`Bearer …`) that were verified in this generation and have not expired; otherwise
    /// `nil`.
    func principal(of credentials: String, now: Int, generation: Int) -> Principal? {
        state.withLock { state in
            // Bytes, because Swift's `==` also accepts other spellings of the same characters, which no verifier would.
            guard state.generation == generation, let entry = state.tokens[Self.mark(credentials)],
                entry.credentials.hasSameBytes(as: credentials), entry.verifiedAt <= now, now < entry.expiresAt
            else { return nil }
            return entry.principal
        }
    }

    /// Remembers credentials verified in `generation`; a newer generation empties the cache, an older one is ignored.
    func insert(_ credentials: String, principal: Principal, expiresAt: Int, now: Int, generation: Int) {
        state.withLock { state in
            guard generation >= state.generation else { return }
            if generation > state.generation || state.tokens.count >= Self.limit {
                state = State(generation: generation)
            }
            state.tokens[Self.mark(credentials)] = Entry(
                credentials: credentials,
                principal: principal,
                expiresAt: expiresAt,
                verifiedAt: now
            )
        }
    }

    /// The key of an entry; two credentials with the same key evict each other, and are then verified again.
    private static func mark(_ credentials: String) -> UInt64 {
        credentials.utf8.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private struct Entry {
        let credentials: String
        let principal: Principal
        /// Seconds since 1970, without tolerance; from then on the verifier decides.
        let expiresAt: Int
        /// Seconds since 1970; if the clock was set back before it, the token is verified again.
        let verifiedAt: Int
    }
}
