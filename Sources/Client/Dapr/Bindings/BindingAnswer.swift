public import DaprJSON

/// The name of a binding component: `metadata.name` of its YAML.
public struct BindingName: DaprIdentifier {
    /// The name as it stands in the component file.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// What an output binding shall do; each type of binding says which it supports.
///
/// See [Supported bindings](https://docs.dapr.io/reference/components-reference/supported-bindings/).
public struct BindingOperation: DaprIdentifier {
    /// The name as the binding has it; not empty.
    public let rawValue: String

    /// Makes an operation of any text, such as `exec` of the SQL bindings.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Creates or sends something.
    public static let create: BindingOperation = "create"
    /// Reads something.
    public static let get: BindingOperation = "get"
    /// Removes something.
    public static let delete: BindingOperation = "delete"
    /// Lists what there is.
    public static let list: BindingOperation = "list"
}

/// What an output binding answered.
public struct BindingAnswer: Sendable, Hashable {
    /// The answer's bytes as they came; empty when the binding answered nothing.
    ///
    /// Bindings answer what they like, under the content type `application/json` in any case.
    public var data: [UInt8]
    /// What the binding says of the answer, by names in lower case: the headers `metadata.<name>`.
    public var metadata: [String: String]

    /// Makes an answer, for a transport or a test.
    public init(data: [UInt8], metadata: [String: String] = [:]) {
        self.data = data
        self.metadata = metadata
    }

    /// The answer as JSON.
    ///
    /// - Throws: `JSONError` when it is not JSON.
    public func jsonValue() throws(JSONError) -> JSONValue { try JSONValue(parsing: data) }

    /// The answer as a type of the caller's.
    ///
    /// - Throws: `JSONError` when it is not JSON, `DecodingError` when it does not fit the type.
    public func decoded<T: Decodable>(_ type: T.Type) throws -> T { try JSONCoding.decode(type, from: data) }
}
