package import DaprHTTP
package import DaprJSON

/// The description of an endpoint in the OpenAPI document.
package struct Operation: Sendable {
    /// The identifier; generated clients derive their method names from it.
    package var id: String
    /// The purpose in a few words.
    package var summary: String
    /// Further information for callers, in Markdown.
    package var description: String
    /// The group that the operation belongs to.
    package var tag: Tag
    /// A request that is answered with the first of the successes.
    package var example: Example
    package var parameters: [Parameter]
    package var body: BodyRequirement
    /// The name of the body's schema in the door; `nil` when there is no body.
    package var bodySchema: String?
    /// The schema and an example of bodies of other types; those of `body` that are not here have ``bodySchema``.
    package var otherBodies: [(type: MediaType, schema: String, example: JSONValue)]
    /// The successful answers.
    package var successes: [Success]
    /// The possible refusals, those of the server itself among them.
    package var refusals: [RefusalDescription]
    package var security: Security

    package init(
        id: String,
        summary: String,
        description: String = "",
        tag: Tag,
        example: Example = Example(),
        parameters: [Parameter] = [],
        body: BodyRequirement = .none,
        bodySchema: String? = nil,
        otherBodies: [(type: MediaType, schema: String, example: JSONValue)] = [],
        successes: [Success],
        refusals: [RefusalDescription] = [],
        security: Security = .open
    ) {
        self.id = id
        self.summary = summary
        self.description = description
        self.tag = tag
        self.example = example
        self.parameters = parameters
        self.body = body
        self.bodySchema = bodySchema
        self.otherBodies = otherBodies
        self.successes = successes
        self.refusals = refusals + RefusalDescription.everywhere
        self.security = security
    }

    /// Adds headers to every successful answer with a body of its own.
    package mutating func addToSuccesses(_ headers: [ResponseHeader]) {
        for place in successes.indices where successes[place].status != .notModified {
            successes[place].headers += headers
        }
    }

    /// The bodies of a request and of its answer, as the document shows them; the parameters of its path have theirs.
    ///
    /// A test sends each, so that what the document shows is what is answered.
    package struct Example: Sendable {
        /// The body of the request; `nil` when it has none.
        package var body: JSONValue?
        /// The body of the answer; `nil` when it has none, or one that says nothing to readers.
        package var answer: JSONValue?

        package init(body: JSONValue? = nil, answer: JSONValue? = nil) {
            self.body = body
            self.answer = answer
        }
    }

    /// A group of operations.
    package struct Tag: Hashable, Sendable {
        let name: String
        let description: String

        package init(_ name: String, _ description: String) {
            self.name = name
            self.description = description
        }

        /// The group that every server has.
        package static let operations = Tag("operations", "Health, metrics and this document; no token needed.")
    }

    /// The credentials that a caller needs.
    package enum Security: Sendable {
        case open, bearer, appAPIToken
    }

    /// One successful answer.
    package struct Success: Sendable {
        var status: HTTPStatus
        var description: String
        /// The content type and schema of the body; `nil` when there is no body.
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

        /// A successful answer with a JSON body of a named schema.
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
