/// An answer of the sidecar as a ``DaprTransport`` received it.
public struct DaprResponse: Sendable {
    /// The HTTP status code.
    public var status: Int
    /// The headers in the order they came, with their names in lower case.
    public var headers: [(name: String, value: String)]
    /// The whole body, empty when there was none.
    public var body: [UInt8]

    /// Makes an answer; the names of headers are given in lower case.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header, or `nil` when the answer does not have it.
    ///
    /// - Parameter name: the name in lower case.
    public func header(_ name: String) -> String? {
        for header in headers where header.name == name { return header.value }
        return nil
    }

    /// Whether the status is one of success, 200 to 299.
    public var isSuccess: Bool { (200..<300).contains(status) }
}
