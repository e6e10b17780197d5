import Synchronization
import Tasks

/// The tokens that were verified not long ago: the same bytes need no second verification until they run out.
///
/// Only what was verified comes in, so nobody without a valid token fills it; full, it is emptied.
final class VerifiedTokens: Sendable {
    private static let limit = 4096
    private let tokens = Mutex<[String: Entry]>([:])

    /// The owner of a token that was verified and has not run out; `nil` calls for a verification.
    func owner(of token: String, now: Int) -> OwnerID? {
        tokens.withLock { tokens in
            guard let entry = tokens[token], entry.verifiedAt <= now, now < entry.expiresAt else { return nil }
            return entry.owner
        }
    }

    /// Remembers a token that was verified.
    func insert(_ token: String, owner: OwnerID, expiresAt: Int, now: Int) {
        tokens.withLock { tokens in
            if tokens.count >= Self.limit { tokens = [:] }
            tokens[token] = Entry(owner: owner, expiresAt: expiresAt, verifiedAt: now)
        }
    }

    private struct Entry {
        let owner: OwnerID
        /// Seconds since 1970, without skew: after it the verifier decides.
        let expiresAt: Int
        /// A clock that was set back makes it look again.
        let verifiedAt: Int
    }
}
