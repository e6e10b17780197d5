/// Why a token is refused or cannot be created.
package indirect enum TokenError: Error, Equatable {
    /// The token is longer than allowed.
    case tooLarge(limit: Int)
    /// A part is not what RFC 7515 prescribes.
    case malformed(TokenPart)
    /// The header names a type other than `JWT` or `at+jwt`.
    case typeNotAllowed
    /// The header demands an extension; this verifier knows none.
    case criticalHeaderUnknown
    /// The header names an algorithm for which the policy has no key; it never has one for `none`.
    case algorithmNotAllowed
    /// The signature was not made with the key.
    case signatureInvalid
    /// A required claim is missing.
    case claimMissing(String)
    /// A claim has the wrong type or size.
    case claimInvalid(String)
    /// The time of `exp` has passed.
    case expired
    /// The time of `nbf` or `iat` has not come.
    case notYetValid
    /// The token comes from another issuer.
    case issuerMismatch
    /// The token is meant for another audience.
    case audienceMismatch
    /// The token was revoked before its time.
    case revoked
    /// The secret has too few bytes.
    case secretTooShort(minimum: Int)
    /// The cryptographic library failed, which says nothing about the token.
    case cryptographyFailed(String)

    /// A code that never changes, for clients and logs.
    package var code: String {
        switch self {
        case .tooLarge: "TOKEN_TOO_LARGE"
        case .malformed: "TOKEN_MALFORMED"
        case .typeNotAllowed: "TOKEN_TYPE_NOT_ALLOWED"
        case .criticalHeaderUnknown: "TOKEN_CRITICAL_HEADER_UNKNOWN"
        case .algorithmNotAllowed: "TOKEN_ALGORITHM_NOT_ALLOWED"
        case .signatureInvalid: "TOKEN_SIGNATURE_INVALID"
        case .claimMissing: "TOKEN_CLAIM_MISSING"
        case .claimInvalid: "TOKEN_CLAIM_INVALID"
        case .expired: "TOKEN_EXPIRED"
        case .notYetValid: "TOKEN_NOT_YET_VALID"
        case .issuerMismatch: "TOKEN_ISSUER_MISMATCH"
        case .audienceMismatch: "TOKEN_AUDIENCE_MISMATCH"
        case .revoked: "TOKEN_REVOKED"
        case .secretTooShort: "TOKEN_SECRET_TOO_SHORT"
        case .cryptographyFailed: "TOKEN_CRYPTOGRAPHY_FAILED"
        }
    }
}

/// A part of a token.
package enum TokenPart: String, Sendable {
    /// The three parts with two dots between them.
    case whole
    case header
    case payload
    case signature
}

extension TokenError: CustomStringConvertible {
    /// What is wrong and what to do; it reveals nothing of the token or the secret.
    package var description: String {
        switch self {
        case .tooLarge(let limit): "The token is longer than \(limit) bytes; ask for one with fewer claims."
        case .malformed(.whole): "The token does not have three parts with a dot between them; send a signed JWT."
        case .malformed(.signature): "The token's signature is not base64url without padding."
        case .malformed(let part):
            "The token's \(part.rawValue) is not a JSON object in base64url, with each name once."
        case .typeNotAllowed: "The token's type is not JWT; send an access token."
        case .criticalHeaderUnknown: "The token demands an extension that is not supported."
        case .algorithmNotAllowed: "The token is signed by an algorithm that is not allowed here."
        case .signatureInvalid: "The token's signature is not valid; sign in again."
        case .claimMissing(let name): "The token has no \(name)."
        case .claimInvalid(let name): "The token's \(name) is not what it must be."
        case .expired: "The token has expired; sign in again."
        case .notYetValid: "The token is not valid yet; check the clocks."
        case .issuerMismatch: "The token is from another issuer."
        case .audienceMismatch: "The token is meant for another service."
        case .revoked: "The token was called back; sign in again."
        case .secretTooShort(let minimum):
            "The secret for tokens must have at least \(minimum) bytes; make a random one."
        case .cryptographyFailed(let reason): "The token could not be worked on: \(reason)"
        }
    }
}
