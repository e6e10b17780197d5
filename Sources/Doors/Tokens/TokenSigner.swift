import DaprJSON
import DaprText
import OpenSSL

/// Creates tokens signed with a shared secret, for the command line and for tests.
package struct TokenSigner: Sendable {
    private let hmac: HMACSHA256

    /// Creates a signer with a secret for HS256.
    ///
    /// - Throws: ``TokenError/secretTooShort(minimum:)`` for fewer than ``TokenKey/minimumSecretBytes`` bytes.
    package init(hs256Secret: [UInt8]) throws(TokenError) { hmac = try HMACSHA256(tokenSecret: hs256Secret) }

    /// Creates a token for a subject.
    ///
    /// - Parameters:
    ///   - subject: The subject: 1 to 255 bytes of UTF-8.
    ///   - issuer: The issuer; `nil` to name none.
    ///   - audience: The audience; `nil` to name none.
    ///   - issuedAt: Seconds since 1970.
    ///   - lifetime: How long the token is valid, in whole seconds.
    /// - Returns: The token in its compact form.
    /// - Throws: ``TokenError/claimInvalid(_:)`` when no verifier would accept it.
    package func sign(
        subject: String,
        issuer: String? = nil,
        audience: String? = nil,
        issuedAt: Int,
        lifetime: Duration
    ) throws(TokenError) -> String {
        guard (1...TokenPolicy.maximumSubjectBytes).contains(subject.utf8.count) else { throw .claimInvalid("sub") }
        let (expiry, overflow) = issuedAt.addingReportingOverflow(Int(clamping: lifetime.components.seconds))
        guard !overflow, expiry > issuedAt else { throw .claimInvalid("exp") }
        var claims: JSONObject = ["sub": .string(subject), "iat": .integer(issuedAt), "exp": .integer(expiry)]
        claims["iss"] = issuer.map(JSONValue.string)
        claims["aud"] = audience.map(JSONValue.string)
        let header = Base64.url.encoded(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
        let input = "\(header).\(Base64.url.encoded(JSONValue.object(claims).serialized()))"
        guard input.utf8.count + 1 + 43 <= TokenPolicy.maximumTokenBytes else {
            throw .tooLarge(limit: TokenPolicy.maximumTokenBytes)
        }
        do throws(OpenSSLError) {
            return "\(input).\(Base64.url.encoded(try hmac.code(for: Array(input.utf8))))"
        } catch {
            throw .cryptographyFailed(error.description)
        }
    }
}
