import DaprText
import Tokens

/// Who asks, and how that was proven.
///
/// A door never takes an owner from what a request says: it takes the subject from here, and only compares what the path names with it. This is a class
/// because one principal is remembered for a token and goes through many hands; nothing in it changes.
package final class Principal: Sendable {
    /// How it was proven who asks.
    package enum Proof: Hashable, Sendable {
        /// By a signed token; with who issued it, when it says so.
        case token(issuer: String?)
        /// By a session that was looked up.
        case session
    }

    /// Whose things they may see and change: 1 to 255 bytes of UTF-8 without control characters.
    package let subject: String
    /// How it was proven.
    package let proof: Proof
    /// What they may do; `nil` when that is not limited.
    package let scopes: [String]?
    /// What names the token, so that it can be called back; `nil` when nothing does.
    package let tokenID: String?
    /// Who acts for the subject; `nil` when they act themselves.
    package let agent: String?

    /// Makes a principal; `nil` when the subject is no name.
    package init?(
        subject: String,
        proof: Proof,
        scopes: [String]? = nil,
        tokenID: String? = nil,
        agent: String? = nil
    ) {
        guard (1...TokenPolicy.maximumSubjectBytes).contains(subject.utf8.count), !subject.hasControlCharacter else {
            return nil
        }
        self.subject = subject
        self.proof = proof
        self.scopes = scopes
        self.tokenID = tokenID
        self.agent = agent
    }

    /// The principal that the claims of a verified token name; `nil` when their subject is no name.
    convenience init?(_ claims: Claims) {
        self.init(
            subject: claims.subject,
            proof: .token(issuer: claims.issuer),
            scopes: claims.scopes,
            tokenID: claims.tokenID,
            agent: claims.actor
        )
    }
}
