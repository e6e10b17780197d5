import Synchronization
import Tasks

/// The credentials that were verified not long ago: the same bytes need no second verification until they run out.
///
/// Only what was verified comes in, so nobody without a valid token fills it; full, it is emptied.
final class VerifiedTokens: Sendable {
    private static let limit = 4096
    private let tokens = Mutex<[String: Entry]>([:])

    /// The owner of credentials (`Bearer …`) that were verified and have not run out; `nil` calls for a verification.
    func owner(of credentials: String, now: Int) -> OwnerID? {
        tokens.withLock { tokens in
            guard let entry = tokens[credentials], entry.verifiedAt <= now, now < entry.expiresAt else { return nil }
            return entry.owner
        }
    }

    /// Remembers credentials that were verified.
    func insert(_ credentials: String, owner: OwnerID, expiresAt: Int, now: Int) {
        tokens.withLock { tokens in
            if tokens.count >= Self.limit { tokens = [:] }
            tokens[credentials] = Entry(owner: owner, expiresAt: expiresAt, verifiedAt: now)
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
