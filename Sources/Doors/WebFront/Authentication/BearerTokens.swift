import DaprText
import Tokens

/// Accepts signed bearer tokens as proof of the sender (RFC 6750 section 2.1).
struct BearerTokens: Sendable {
    let trust: TokenTrust
    /// Seconds since 1970.
    let now: @Sendable () -> Int
    private let verified = VerifiedTokens()

    init(trust: TokenTrust, now: @escaping @Sendable () -> Int) {
        self.trust = trust
        self.now = now
    }

    /// The principal of a request, given every value of its `Authorization` header.
    func principal(authorization values: [String]) throws(WebFault) -> Principal {
        guard let value = values.first else { throw .tokenMissing }
        // Two credentials could name two senders, so neither is accepted.
        guard values.count == 1 else { throw .tokenRepeated }
        let now = now()
        if let known = verified.principal(of: value, now: now, generation: trust.generation) { return known }
        return try verify(value, now)
    }

    @inline(never)  // Seldom needed: keeps the code for each request small.
    private func verify(_ value: String, _ now: Int) throws(WebFault) -> Principal {
        let parts = value.splitBytes(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .tokenMissing }
        let token = parts[1].trimmingBlanks()
        guard !token.isEmpty else { throw .tokenMissing }
        let trust = trust.current
        let claims: Claims
        do throws(TokenError) {
            claims = try trust.verify(token, now: now)
        } catch {
            throw .tokenRefused(error)
        }
        guard let principal = Principal(claims) else { throw .subjectRefused }
        verified.insert(
            value,
            principal: principal,
            expiresAt: claims.expiresAt,
            now: now,
            generation: trust.generation
        )
        return principal
    }
}
