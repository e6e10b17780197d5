package import DaprJSON

/// One way into the service: its endpoints, and the schemas that document them.
///
/// A door is created by the module it belongs to and is added to the list of a ``WebService``; nothing else has to know
/// it.
package struct Door: Sendable {
    /// The endpoints, in the order in which the documentation lists them.
    package let endpoints: [Endpoint]
    /// The schemas that the endpoints refer to, each with its name.
    package let schemas: [(name: String, schema: JSONValue)]
    /// The codes of faults in single fields, each with its meaning.
    package let faultCodes: [(code: String, meaning: String)]

    package init(
        endpoints: [Endpoint],
        schemas: [(name: String, schema: JSONValue)] = [],
        faultCodes: [(code: String, meaning: String)] = []
    ) {
        self.endpoints = endpoints
        self.schemas = schemas
        self.faultCodes = faultCodes
    }
}
