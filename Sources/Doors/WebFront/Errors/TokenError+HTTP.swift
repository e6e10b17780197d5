import DaprHTTP
import Tokens

extension TokenError {
    /// The answer to a client whose token is refused, with the error's own code and sentence.
    var answer: ErrorAnswer {
        switch self {
        case .tooLarge: answer("The token is too long", "Ask for one with fewer claims.")
        case .malformed: answer("The token is not a signed JWT", "Send the token as it was issued.")
        case .typeNotAllowed: answer("The token is of another type", "Send an access token (`JWT` or `at+jwt`).")
        case .criticalHeaderUnknown:
            answer("The token demands an extension that is not supported", "Ask for one without `crit`.")
        case .algorithmNotAllowed:
            answer("The token is signed by an algorithm that is not allowed", "Ask for one signed by the service's.")
        case .signatureInvalid: answer("The token's signature is not valid", "Sign in again.")
        case .claimMissing: answer("The token lacks a claim", "Ask for one with the claim that the message names.")
        case .claimInvalid:
            answer("A claim of the token cannot be read", "Ask for one with the claim that the message names.")
        case .expired: answer("The token has expired", "Sign in again.")
        case .notYetValid: answer("The token is not valid yet", "Check the clocks, or wait.")
        case .issuerMismatch: answer("The token is from another issuer", "Sign in at the service's own.")
        case .audienceMismatch: answer("The token is meant for another service", "Ask for one for this service.")
        case .revoked: answer("The token was called back", "Sign in again.")
        // Neither says anything of the token.
        case .secretTooShort, .cryptographyFailed: .internalError
        }
    }

    private func answer(_ meaning: String, _ remedy: String) -> ErrorAnswer {
        ErrorAnswer(
            ErrorCode(code, .unauthorized, meaning, remedy: remedy),
            message: description,
            headers: [("WWW-Authenticate", "Bearer error=\"invalid_token\"")]
        )
    }
}
