import DaprText
import OpenSSL
import Tokens

/// Makes tokens of any header and payload, signed as they should be.
enum TokenForge {
    static let secret = Array("0123456789abcdef0123456789abcdef".utf8)
    static let now = 1_700_000_000
    static let header = #"{"alg":"HS256","typ":"JWT"}"#
    static let payload = #"{"exp":1700000600,"sub":"ann"}"#

    static func token(
        header: String = header,
        payload: String = payload,
        secret: [UInt8] = secret
    ) throws -> String {
        try token(encodedHeader: encode(header), encodedPayload: encode(payload), secret: secret)
    }

    static func token(
        encodedHeader: String,
        encodedPayload: String,
        secret: [UInt8] = secret
    ) throws -> String {
        let input = "\(encodedHeader).\(encodedPayload)"
        let code = try HMACSHA256(key: secret).code(for: Array(input.utf8))
        return "\(input).\(Base64.url.encoded(code))"
    }

    static func encode(_ text: String) -> String { Base64.url.encoded(Array(text.utf8)) }

    static func verifier(issuer: String? = nil, audience: String? = nil) throws -> TokenVerifier {
        TokenVerifier(policy: TokenPolicy(keys: [try .hs256(secret: secret)], issuer: issuer, audience: audience))
    }

    /// Why a token is refused; `nil` when it is taken.
    static func refusal(of token: String, issuer: String? = nil, audience: String? = nil) throws -> TokenError? {
        let verifier = try verifier(issuer: issuer, audience: audience)
        do throws(TokenError) {
            _ = try verifier.verify(token, now: now)
            return nil
        } catch {
            return error
        }
    }
}
