public import DaprJSON
internal import DaprText

/// An answer of the sidecar as a ``DaprTransport`` received it.
public struct DaprResponse: Sendable {
    /// The HTTP status code.
    public var status: Int
    /// The whole body, empty when there was none.
    public var body: [UInt8]
    private let fields: Fields

    private enum Fields: Sendable {
        case parsed([(name: String, value: String)])
        case head(ResponseHead)
    }

    /// Makes an answer.
    ///
    /// - Parameters:
    ///   - status: the HTTP status code.
    ///   - headers: the headers, with their names in lower case.
    ///   - body: the whole body; empty for none.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.body = body
        fields = .parsed(headers)
    }

    /// Makes an answer with its head as received, which is read only as far as it is asked for.
    ///
    /// - Parameters:
    ///   - status: the HTTP status code.
    ///   - head: the status line and the header lines, each ended by a line feed with or without a carriage return before it.
    ///   - body: the whole body; empty for none.
    public init(status: Int, head: [UInt8], body: [UInt8]) {
        self.status = status
        self.body = body
        fields = .head(ResponseHead(head))
    }

    /// The headers in the order they came, with their names in lower case.
    public var headers: [(name: String, value: String)] {
        switch fields {
        case .parsed(let headers): headers
        case .head(let head): head.headers
        }
    }

    /// The first value of a header.
    ///
    /// - Parameter name: the name in lower case.
    /// - Returns: the value, or `nil` when the answer does not have the header.
    public func header(_ name: String) -> String? {
        switch fields {
        case .parsed(let headers): headers.first { $0.name.hasSameBytes(as: name) }?.value
        case .head(let head): head.value(name)
        }
    }

    /// The first values of two headers whose names begin differently, looked for at once.
    func headers(_ first: String, _ second: String) -> (first: String?, second: String?) {
        switch fields {
        case .parsed: (header(first), header(second))
        case .head(let head): head.values(first, second)
        }
    }

    /// The body as JSON.
    ///
    /// - Returns: the value.
    /// - Throws: `JSONError` when the body is not JSON.
    public func jsonValue() throws(JSONError) -> JSONValue { try JSONValue(parsing: body) }

    /// The body as a type of the caller's.
    ///
    /// - Parameter type: the type to make.
    /// - Returns: the value.
    /// - Throws: `JSONError` when the body is not JSON, `DecodingError` when it does not fit the type.
    public func decoded<T: Decodable>(_ type: T.Type) throws -> T { try JSONCoding.decode(type, from: body) }

    /// Whether the status is one of success, 200 to 299.
    public var isSuccess: Bool { (200..<300).contains(status) }
}
