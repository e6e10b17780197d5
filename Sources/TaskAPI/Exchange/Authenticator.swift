import DaprText
import Tasks
package import Tokens

/// Finds out whose request it is, from its `Authorization` header.
package struct Authenticator: Sendable {
    private let verifier: TokenVerifier
    private let now: @Sendable () -> Int
    private let verified = VerifiedTokens()

    /// Makes one of a verifier and a clock.
    ///
    /// - Parameters:
    ///   - verifier: holds tokens to a policy.
    ///   - now: seconds since 1970.
    package init(verifier: TokenVerifier, now: @escaping @Sendable () -> Int) {
        self.verifier = verifier
        self.now = now
    }

    /// The owner a request speaks for, by every value of its `Authorization` header.
    func owner(authorization values: [String]) throws(APIFault) -> OwnerID {
        guard let value = values.first else { throw .tokenMissing }
        // Two credentials are two opinions on who asks; none of them is taken.
        guard values.count == 1 else { throw .tokenRefused(.malformed(.whole)) }
        let now = now()
        if let owner = verified.owner(of: value, now: now) { return owner }
        let parts = value.splitBytes(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .tokenMissing }
        let token = parts[1].trimmingBlanks()
        guard !token.isEmpty else { throw .tokenMissing }
        let claims: Claims
        do throws(TokenError) {
            claims = try verifier.verify(token, now: now)
        } catch {
            throw .tokenRefused(error)
        }
        guard let owner = OwnerID(claims.subject) else { throw .subjectRefused }
        verified.insert(value, owner: owner, expiresAt: claims.expiresAt, now: now)
        return owner
    }
}
