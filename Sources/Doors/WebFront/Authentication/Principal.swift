import DaprText
import Tokens

/// The proven sender of a request.
///
/// A door never takes the owner from the request: it uses the subject here, and only compares a user in the path with
/// it. This is a class because it is cached for a token and passed on many times; it is immutable.
package final class Principal: Sendable {
    /// The proof of the sender.
    package enum Proof: Hashable, Sendable {
        /// A signed token, with its issuer if it names one.
        case token(issuer: String?)
        /// A session that was looked up.
        case session
    }

    /// The user whose data the sender may see and change: 1 to 255 bytes of UTF-8 without control characters.
    package let subject: String
    package let proof: Proof
    /// The sender's permissions; `nil` for no restriction.
    package let scopes: [String]?
    /// The identifier of the token, by which it can be revoked; `nil` when it has none.
    package let tokenID: String?
    /// The party that acts for the subject; `nil` when the subject itself acts.
    package let agent: String?
    /// When the proof ends, in seconds since 1970; `nil` when it does not tell.
    package let expiresAt: Int?
    /// What stands for the subject in log lines; made once for a token.
    let logName: String

    /// Creates a principal; `nil` when the subject is not a valid name.
    package init?(
        subject: String,
        proof: Proof,
        scopes: [String]? = nil,
        tokenID: String? = nil,
        agent: String? = nil,
        expiresAt: Int? = nil
    ) {
        guard (1...TokenPolicy.maximumSubjectBytes).contains(subject.utf8.count), !subject.hasControlCharacter else {
            return nil
        }
        self.subject = subject
        self.proof = proof
        self.scopes = scopes
        self.tokenID = tokenID
        self.agent = agent
        self.expiresAt = expiresAt
        logName = UserHash.text(of: subject)
    }

    /// The principal that a verified token names; `nil` when its subject is not a valid name.
    convenience init?(_ claims: Claims) {
        self.init(
            subject: claims.subject,
            proof: .token(issuer: claims.issuer),
            scopes: claims.scopes,
            tokenID: claims.tokenID,
            agent: claims.actor,
            expiresAt: claims.expiresAt
        )
    }
}
