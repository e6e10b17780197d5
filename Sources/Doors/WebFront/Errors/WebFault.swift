package import DaprHTTP
package import DaprJSON
package import Tokens

/// Why a request is refused; `WebFault+HTTP.swift` has the answers, and the files beside it those of other errors.
package indirect enum WebFault: Error {
    /// A refusal by the code behind a door, with its own answer, and with the details for the operator that the answer
    /// hides, if any.
    case refused(ErrorAnswer, hiding: String? = nil)
    /// The server refused the request itself, before its head was known or instead of an answer.
    case unread(HeadFault)
    /// The body is not JSON, or has a member twice.
    case malformedJSON(JSONError)
    /// A header cannot be read.
    case invalidHeader(name: String, expected: String)
    /// The query has a broken escape.
    case malformedQuery
    /// The path has a broken escape.
    case malformedPath
    /// The body has a type that the operation does not accept.
    case unsupportedMediaType(accepted: [MediaType])
    /// The body is compressed or otherwise encoded.
    case unsupportedContentCoding(String)
    /// The body is longer than the operation accepts.
    case contentTooLarge(limitInBytes: Int)
    /// There is no bearer token.
    case tokenMissing
    /// There are several `Authorization` headers.
    case tokenRepeated
    /// The bearer token was refused.
    case tokenRefused(TokenError)
    /// The token is valid, but its subject cannot be an owner's name.
    case subjectRefused
    /// A call that only the sidecar may make came without the app's API token.
    case notTheSidecar
    /// A delivery came from another application through the sidecar, or from a page.
    case notADelivery
    /// The path names another user than the token.
    case foreignUser
    /// No operation has this path.
    case noSuchPath
    /// There is no room for the body, or for the answer to a read: the owner's share is used up, or the room for all.
    case tooMuchInFlight(isOwners: Bool)
    /// No more streams of events may be open: of the user, or at the server.
    case tooManyStreams(isOwners: Bool, limit: Int)
    /// Too many requests of a kind that is limited come from the user, or from the client's address.
    case rateLimited(QuotaPolicy)
    /// The request waited too long before the server could look at it.
    case overloaded
    /// The path has operations, but none with this method.
    case methodNotAllowed([HTTPMethod])
    /// A preflight came from an origin that is not configured.
    case originNotAllowed
    /// The answer was not ready in time; a write may still have happened.
    case deadlinePassed(isWrite: Bool)
}

extension WebFault {
    /// The details that the answer hides but an operator must see; `nil` when it hides none.
    var hiddenFailure: String? {
        switch self {
        case .refused(_, let hidden): hidden
        case .tokenRefused(.cryptographyFailed(let reason)): reason
        default: nil
        }
    }
}
