package import DaprHTTP
import DaprJSON

/// A refusal as the OpenAPI document describes it, under `components/responses`.
package struct RefusalDescription: Sendable {
    let name: String
    package let status: HTTPStatus
    /// When the refusal is the answer, in Markdown.
    let description: String
    let headers: [ResponseHeader]

    /// Creates a description.
    ///
    /// - Parameters:
    ///   - name: The name in the document.
    ///   - status: The status of the answer.
    ///   - description: When the refusal is the answer, in Markdown.
    ///   - headers: The headers beside those of every answer.
    package init(_ name: String, _ status: HTTPStatus, _ description: String, headers: [ResponseHeader] = []) {
        self.name = name
        self.status = status
        self.description = description
        self.headers = headers
    }

    var document: JSONValue {
        .object([
            "description": .string(description),
            "headers": ResponseHeader.references(to: headers),
            "content": ["application/json": ["schema": Schema.reference("Error")]],
        ])
    }
}

/// The refusals of the gate and the router.
extension RefusalDescription {
    package static let badRequest = RefusalDescription(
        "BadRequest",
        .badRequest,
        "Malformed: the body is no JSON (`MALFORMED_JSON`, `details.offset` says where), or a header, the query or the path cannot be read."
    )
    package static let unauthorized = RefusalDescription(
        "Unauthorized",
        .unauthorized,
        "No token, or one that was refused; `error.code` says why.",
        headers: [.authenticate]
    )
    package static let foreignUser = RefusalDescription(
        "ForeignUser",
        .forbidden,
        "The user in the path is not the token's subject (`FOREIGN_USER`)."
    )
    package static let methodNotAllowed = RefusalDescription(
        "MethodNotAllowed",
        .methodNotAllowed,
        "The path does not take that method (`METHOD_NOT_ALLOWED`); see `Allow`.",
        headers: [.allow]
    )
    package static let contentTooLarge = RefusalDescription(
        "ContentTooLarge",
        .contentTooLarge,
        "The body is too long (`CONTENT_TOO_LARGE`)."
    )
    package static let unsupportedMediaType = RefusalDescription(
        "UnsupportedMediaType",
        .unsupportedMediaType,
        "The body's `Content-Type` is missing or not one of those listed (`UNSUPPORTED_MEDIA_TYPE`), or it has a `Content-Encoding` (`UNSUPPORTED_CONTENT_CODING`)."
    )
    package static let internalError = RefusalDescription(
        "InternalError",
        .internalServerError,
        "Something is wrong on the server's side; the log has it under the correlation id."
    )
    package static let notTheSidecar = RefusalDescription(
        "NotTheSidecar",
        .unauthorized,
        "The header `dapr-api-token` is missing or wrong (`APP_API_TOKEN_REQUIRED`)."
    )
    package static let notADelivery = RefusalDescription(
        "NotADelivery",
        .forbidden,
        "The request was passed on for another application, or comes from a page: it has the header `dapr-caller-app-id`, `dapr-callee-app-id` or `Origin` (`NOT_A_DELIVERY`)."
    )
}
