package import DaprJSON
import DaprText

/// The claims of a verified token.
package struct Claims: Sendable, Equatable {
    /// The subject (`sub`): 1 to 255 bytes of UTF-8.
    package let subject: String
    /// The issuer (`iss`), if there is one.
    package let issuer: String?
    /// The audience (`aud`); empty when there is none.
    package let audience: [String]
    /// The end of the token's validity (`exp`), in whole seconds since 1970, rounded down.
    package let expiresAt: Int
    /// Every claim.
    package let all: JSONObject

    /// The identifier of the token (`jti`), if there is one.
    package var tokenID: String? { all["jti"]?.stringValue }

    /// The bearer's permissions in their order, if the token lists them.
    ///
    /// They come from `scope`, https://datatracker.ietf.org/doc/html/rfc8693#section-4.2
    package var scopes: [String]? {
        all["scope"]?.stringValue.map { $0.splitBytes(separator: " ").map(String.init) }
    }

    /// The party that acts for the subject (`act.sub`), if there is one
    /// (https://datatracker.ietf.org/doc/html/rfc8693#section-4.1).
    package var actor: String? { all["act"]?["sub"]?.stringValue }
}

extension Claims {
    /// Reads the claims of a payload and checks them against a policy at the time `now`.
    ///
    /// https://datatracker.ietf.org/doc/html/rfc7519#section-4.1
    init(_ payload: JSONObject, policy: TokenPolicy, now: Int) throws(TokenError) {
        let expiry = try Self.time("exp", in: payload)
        guard let expiry else { throw .claimMissing("exp") }
        let notBefore = try Self.time("nbf", in: payload)
        let issuedAt = try Self.time("iat", in: payload)
        let audience = try Self.audience(in: payload)
        let issuer = try Self.text("iss", in: payload)
        guard let subject = try Self.text("sub", in: payload) else { throw .claimMissing("sub") }
        guard (1...TokenPolicy.maximumSubjectBytes).contains(subject.utf8.count) else { throw .claimInvalid("sub") }

        let now = Double(now)
        let skew = Double(policy.skewSeconds)
        guard now < expiry + skew else { throw .expired }
        for start in [notBefore, issuedAt].compactMap(\.self) where start > now + skew { throw .notYetValid }
        if let expected = policy.issuer {
            guard let issuer else { throw .claimMissing("iss") }
            guard issuer.hasSameBytes(as: expected) else { throw .issuerMismatch }
        }
        if let expected = policy.audience {
            guard !audience.isEmpty else { throw .claimMissing("aud") }
            guard audience.contains(where: { $0.hasSameBytes(as: expected) }) else { throw .audienceMismatch }
        }
        self.init(
            subject: subject,
            issuer: issuer,
            audience: audience,
            expiresAt: Int(exactly: expiry.rounded(.down)) ?? (expiry < 0 ? .min : .max),
            all: payload
        )
    }

    private static func time(_ name: String, in payload: JSONObject) throws(TokenError) -> Double? {
        guard let value = payload[name] else { return nil }
        guard let time = value.doubleValue, time.isFinite else { throw .claimInvalid(name) }
        return time
    }

    private static func text(_ name: String, in payload: JSONObject) throws(TokenError) -> String? {
        guard let value = payload[name] else { return nil }
        guard let text = value.stringValue else { throw .claimInvalid(name) }
        return text
    }

    private static func audience(in payload: JSONObject) throws(TokenError) -> [String] {
        guard let value = payload["aud"] else { return [] }
        if let single = value.stringValue { return [single] }
        guard let items = value.arrayValue else { throw .claimInvalid("aud") }
        let texts = items.compactMap(\.stringValue)
        guard texts.count == items.count else { throw .claimInvalid("aud") }
        return texts
    }
}
