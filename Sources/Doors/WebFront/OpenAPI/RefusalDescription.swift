package import DaprHTTP
import DaprJSON
import Tokens

/// The refusals of one kind as the OpenAPI document describes them, under `components/responses`.
///
/// Codes, meanings and bodies are those of the answers to some faults, one for each code.
package struct RefusalDescription: Sendable {
    let name: String
    package let status: HTTPStatus
    /// One answer for each code, as an example.
    package let answers: [ErrorAnswer]
    let headers: [ResponseHeader]

    /// Creates a description.
    ///
    /// - Parameters:
    ///   - name: The name in the document.
    ///   - faults: A fault for each code of this kind; their answers have one status.
    ///   - headers: The headers beside those of every answer.
    package init(_ name: String, _ faults: [WebFault], headers: [ResponseHeader] = []) {
        self.name = name
        answers = faults.map(\.answer)
        status = answers.first?.status ?? .internalServerError
        self.headers = headers
    }

    /// Its object in the document.
    var document: JSONValue {
        let codes: JSONValue = ["enum": .array(answers.map { .string($0.code.name) })]
        return .object([
            "description": .string(RefusalDescription.text(of: answers)),
            "headers": ResponseHeader.references(to: headers),
            "content": [
                MediaType.json.essence: RefusalDescription.content(
                    "Error",
                    ["error": ["properties": ["code": codes]]],
                    answers.map { ($0.code.name, $0.body) }
                ),
                MediaType.problem.essence: RefusalDescription.content(
                    "Problem",
                    ["code": codes],
                    answers.map { ($0.code.name, $0.problem) }
                ),
            ],
        ])
    }

    private static func text(of answers: [ErrorAnswer]) -> String {
        answers.map { "`\($0.code.name)`: \($0.code.meaning)." }.joined(separator: " ")
    }

    /// Bodies by a schema that has the codes of this kind among its properties, one for each code.
    private static func content(
        _ schema: String,
        _ properties: JSONValue,
        _ bodies: [(code: String, body: JSONValue)]
    ) -> JSONValue {
        let examples = bodies.map { (key: $0.code, value: ["value": $0.body] as JSONValue) }
        return [
            "schema": ["allOf": [Schema.reference(schema), ["properties": properties]]],
            "examples": .object(JSONObject(examples)),
        ]
    }
}

/// The refusals of the gate and the router.
extension RefusalDescription {
    package static let badRequest = RefusalDescription(
        "BadRequest",
        [
            .malformedJSON(.unexpectedEnd(offset: 9)), .malformedJSON(.repeatedName("title", offset: 15)),
            .invalidHeader(name: "If-Match", expected: "a list of quoted entity tags, or *"), .malformedQuery,
            .malformedPath, .unread(.malformed("more than one Host")),
        ]
    )
    package static let unauthorized = RefusalDescription(
        "Unauthorized",
        [.tokenMissing, .tokenRepeated, .subjectRefused] + refusedTokens.map { WebFault.tokenRefused($0) },
        headers: [.authenticate]
    )
    private static let refusedTokens: [TokenError] = [
        .tooLarge(limit: TokenPolicy.maximumTokenBytes), .malformed(.whole), .typeNotAllowed, .criticalHeaderUnknown,
        .algorithmNotAllowed, .signatureInvalid, .claimMissing("exp"), .claimInvalid("sub"), .expired, .notYetValid,
        .issuerMismatch, .audienceMismatch, .revoked,
    ]
    package static let foreignUser = RefusalDescription("ForeignUser", [.foreignUser])
    package static let methodNotAllowed = RefusalDescription(
        "MethodNotAllowed",
        [.methodNotAllowed([.get, .head, .options])],
        headers: [.allow]
    )
    package static let contentTooLarge = RefusalDescription(
        "ContentTooLarge",
        [.contentTooLarge(limitInBytes: BodyRequirement.mebibyte), .unread(.stuck)]
    )
    package static let unsupportedMediaType = RefusalDescription(
        "UnsupportedMediaType",
        [.unsupportedMediaType(accepted: [.json]), .unsupportedContentCoding("gzip")]
    )
    package static let internalError = RefusalDescription("InternalError", [.refused(.internalError)])
    package static let notTheSidecar = RefusalDescription("NotTheSidecar", [.notTheSidecar])
    package static let notADelivery = RefusalDescription("NotADelivery", [.notADelivery])

    /// The refusals of the server itself, whatever the operation.
    static let everywhere = [
        RefusalDescription("RequestTimeout", [.unread(.tooSlow)]),
        RefusalDescription("HeadTooLarge", [.unread(.tooLarge(limit: 8 << 10))]),
    ]
}
