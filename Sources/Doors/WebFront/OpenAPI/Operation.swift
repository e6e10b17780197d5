package import DaprHTTP
package import DaprJSON

/// What the OpenAPI document says of an endpoint.
package struct Operation: Sendable {
    /// The identifier that generated clients name their method by.
    package var id: String
    /// What it does, in a few words.
    package var summary: String
    /// What else a caller must know; Markdown.
    package var description: String
    /// The group it stands in.
    package var tag: Tag
    package var parameters: [Parameter]
    package var body: BodyRequirement
    /// The schema of the body, by its name in the door; nil when there is no body.
    package var bodySchema: String?
    /// What it answers when all is well.
    package var successes: [Success]
    /// The refusals it can answer.
    package var refusals: [RefusalDescription]
    package var security: Security

    package init(
        id: String,
        summary: String,
        description: String = "",
        tag: Tag,
        parameters: [Parameter] = [],
        body: BodyRequirement = .none,
        bodySchema: String? = nil,
        successes: [Success],
        refusals: [RefusalDescription] = [],
        security: Security = .open
    ) {
        self.id = id
        self.summary = summary
        self.description = description
        self.tag = tag
        self.parameters = parameters
        self.body = body
        self.bodySchema = bodySchema
        self.successes = successes
        self.refusals = refusals
        self.security = security
    }

    /// A group of operations.
    package struct Tag: Hashable, Sendable {
        let name: String
        let description: String

        package init(_ name: String, _ description: String) {
            self.name = name
            self.description = description
        }

        /// What every server has.
        package static let operations = Tag("operations", "Health, metrics and this document; no token needed.")
    }

    /// What a caller must show.
    package enum Security: Sendable {
        case open, bearer, appAPIToken
    }

    /// One good answer.
    package struct Success: Sendable {
        var status: HTTPStatus
        var description: String
        /// The content type and schema of the body; nil when there is none.
        var content: (type: String, schema: JSONValue)?
        var headers: [ResponseHeader]

        package init(
            status: HTTPStatus,
            description: String,
            content: (type: String, schema: JSONValue)? = nil,
            headers: [ResponseHeader] = []
        ) {
            self.status = status
            self.description = description
            self.content = content
            self.headers = headers
        }

        /// A good answer with a JSON body of a named schema.
        package static func json(
            _ status: HTTPStatus,
            _ description: String,
            schema: String,
            _ headers: [ResponseHeader] = []
        ) -> Success {
            Success(
                status: status,
                description: description,
                content: ("application/json", Schema.reference(schema)),
                headers: headers
            )
        }
    }
}
