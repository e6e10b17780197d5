package import DaprJSON

/// One way into the service: its endpoints, with all that the OpenAPI document says of them.
///
/// A door is made where it belongs, of what it needs, and is added to the list that a ``WebService`` is made of; nothing else has to know it.
package struct Door: Sendable {
    /// The rows, in the order in which the document for people lists them.
    package let endpoints: [Endpoint]
    /// The schemas that the rows name, each with its name.
    package let schemas: [(name: String, schema: JSONValue)]

    /// Makes a door.
    package init(endpoints: [Endpoint], schemas: [(name: String, schema: JSONValue)] = []) {
        self.endpoints = endpoints
        self.schemas = schemas
    }
}
