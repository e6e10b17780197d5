import DaprText
import Synchronization
import Tasks

/// The credentials that were verified not long ago: the same bytes need no second verification until they run out.
///
/// Only what was verified comes in, so nobody without a valid token fills it; full, it is emptied.
final class VerifiedTokens: Sendable {
    private static let limit = 4096
    /// By the last bytes of their signatures: hashing the whole of a credential costs more than all else that is done with it.
    private let tokens = Mutex<[UInt64: Entry]>([:])

    /// The owner of credentials (`Bearer …`) that were verified and have not run out; `nil` calls for a verification.
    func owner(of credentials: String, now: Int) -> OwnerID? {
        tokens.withLock { tokens in
            // By bytes: Swift's `==` also takes other spellings of the same characters, which no verifier would.
            guard let entry = tokens[Self.mark(credentials)],
                entry.credentials.hasSameBytes(as: credentials), entry.verifiedAt <= now, now < entry.expiresAt
            else { return nil }
            return entry.owner
        }
    }

    /// Remembers credentials that were verified.
    func insert(_ credentials: String, owner: OwnerID, expiresAt: Int, now: Int) {
        tokens.withLock { tokens in
            if tokens.count >= Self.limit { tokens = [:] }
            tokens[Self.mark(credentials)] = Entry(
                credentials: credentials,
                owner: owner,
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
        let owner: OwnerID
        /// Seconds since 1970, without skew: after it the verifier decides.
        let expiresAt: Int
        /// A clock that was set back makes it look again.
        let verifiedAt: Int
    }
}
