import DaprText
import Synchronization

/// The credentials that were verified not long ago: the same bytes need no second verification until they run out, or until something
/// changes in what tokens are verified with.
///
/// Only what was verified comes in, so nobody without a valid token fills it; full, it is emptied.
final class VerifiedTokens: Sendable {
    private static let limit = 4096

    private struct State {
        /// The generation of ``TokenTrust`` that all of them were verified with.
        var generation = 0
        /// By the last bytes of their signatures: hashing the whole of a credential costs more than all else that is done with it.
        var tokens: [UInt64: Entry] = [:]
    }

    private let state = Mutex(State())

    /// Who sends credentials (`Bearer …`) that were verified with this generation and have not run out; `nil` calls for a verification.
    func principal(of credentials: String, now: Int, generation: Int) -> Principal? {
        state.withLock { state in
            // By bytes: Swift's `==` also takes other spellings of the same characters, which no verifier would.
            guard state.generation == generation, let entry = state.tokens[Self.mark(credentials)],
                entry.credentials.hasSameBytes(as: credentials), entry.verifiedAt <= now, now < entry.expiresAt
            else { return nil }
            return entry.principal
        }
    }

    /// Remembers credentials that were verified with a generation; what was verified with an older one is forgotten, or not taken.
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

    /// Two credentials with one mark take turns: the one that finds the other is verified again.
    private static func mark(_ credentials: String) -> UInt64 {
        credentials.utf8.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private struct Entry {
        let credentials: String
        let principal: Principal
        /// Seconds since 1970, without skew: after it the verifier decides.
        let expiresAt: Int
        /// A clock that was set back makes it look again.
        let verifiedAt: Int
    }
}
