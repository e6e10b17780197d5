package import DaprHTTP
package import DaprJSON
package import Tokens

/// Everything that keeps a request from its answer; `WebFault+HTTP.swift` says what the client sees.
package indirect enum WebFault: Error {
    /// What is behind a door refused, in words of its own; with what the answer hides and an operator must see, when there is such.
    case refused(ErrorAnswer, hiding: String? = nil)
    /// The body is not JSON.
    case malformedJSON(JSONError)
    /// A header cannot be read.
    case invalidHeader(name: String, expected: String)
    /// The query has a broken escape.
    case malformedQuery
    /// The path has a broken escape.
    case malformedPath
    /// The body is of a type that the operation does not take.
    case unsupportedMediaType(accepted: [MediaType])
    /// The body is packed, by gzip or otherwise.
    case unsupportedContentCoding
    /// The body is longer than the operation takes.
    case contentTooLarge(limitInBytes: Int)
    /// There is no bearer token.
    case tokenMissing
    /// The bearer token was refused.
    case tokenRefused(TokenError)
    /// The token is good, but its subject is no owner's name.
    case subjectRefused
    /// A call for the sidecar alone came without the app's API token.
    case notTheSidecar
    /// What the sidecar alone may bring came from another application through it, or from a page.
    case notADelivery
    /// The path names another user than the token.
    case foreignUser
    /// No operation has this path.
    case noSuchPath
    /// There is no room for the body, or for the answer of a read: the owner's own share is used up, or that of all.
    case tooMuchInFlight(isOwners: Bool)
    /// The path has operations, this method is none of them.
    case methodNotAllowed([HTTPMethod])
    /// A preflight came from an origin that is not configured.
    case originNotAllowed
    /// The answer was not ready in time; a write may still have happened.
    case deadlinePassed(isWrite: Bool)
}

extension WebFault {
    /// What the answer hides and an operator must see; nil when the answer says it all.
    var hiddenFailure: String? {
        switch self {
        case .refused(_, let hidden): hidden
        case .tokenRefused(.cryptographyFailed(let reason)): reason
        default: nil
        }
    }
}
