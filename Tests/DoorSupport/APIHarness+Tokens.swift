package import Tokens

extension APIHarness {
    package static let secret = Array("a secret of at least 32 bytes, for tests".utf8)
    package static let audience = "tests"

    package static func verifier(secret: [UInt8] = secret) throws -> TokenVerifier {
        TokenVerifier(
            policy: TokenPolicy(keys: [try .hs256(secret: secret)], issuer: audience, audience: audience)
        )
    }

    /// A token of a user that is good now.
    package static func token(
        _ user: String,
        issuer: String = audience,
        audience: String = audience,
        issuedAt: Int = now,
        secret: [UInt8] = secret
    ) throws -> String {
        try TokenSigner(hs256Secret: secret).sign(
            subject: user,
            issuer: issuer,
            audience: audience,
            issuedAt: issuedAt,
            lifetime: .seconds(60)
        )
    }
}

/// A token that must not be taken.
package enum BadToken: CaseIterable {
    case expired, notYetValid, otherAudience, otherIssuer, misSigned, changed, unsigned, cutShort, noToken, huge

    package var code: String {
        switch self {
        case .expired: "TOKEN_EXPIRED"
        case .notYetValid: "TOKEN_NOT_YET_VALID"
        case .otherAudience: "TOKEN_AUDIENCE_MISMATCH"
        case .otherIssuer: "TOKEN_ISSUER_MISMATCH"
        case .misSigned, .changed: "TOKEN_SIGNATURE_INVALID"
        case .unsigned: "TOKEN_ALGORITHM_NOT_ALLOWED"
        case .cutShort, .noToken: "TOKEN_MALFORMED"
        case .huge: "TOKEN_TOO_LARGE"
        }
    }

    package func token() throws -> String {
        switch self {
        case .expired: return try APIHarness.token("demo", issuedAt: APIHarness.now - 3600)
        case .notYetValid: return try APIHarness.token("demo", issuedAt: APIHarness.now + 3600)
        case .otherAudience: return try APIHarness.token("demo", audience: "elsewhere")
        case .otherIssuer: return try APIHarness.token("demo", issuer: "elsewhere")
        case .misSigned: return try APIHarness.token("demo", secret: Array(repeating: 7, count: 32))
        case .changed:
            let mine = try APIHarness.token("demo").split(separator: ".")
            let theirs = try APIHarness.token("ada").split(separator: ".")
            return "\(mine[0]).\(theirs[1]).\(mine[2])"
        case .unsigned:
            // {"alg":"none"}
            return "eyJhbGciOiJub25lIn0.\(try APIHarness.token("demo").split(separator: ".")[1])."
        case .cutShort: return String(try APIHarness.token("demo").prefix { $0 != "." })
        case .noToken: return "x y"
        case .huge: return String(repeating: "x", count: 10_000)
        }
    }
}
