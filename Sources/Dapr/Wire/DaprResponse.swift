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

    /// Makes an answer; the names of headers are given in lower case.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.body = body
        fields = .parsed(headers)
    }

    /// Makes an answer with its head as received, which is read only as far as it is asked for.
    ///
    /// The head is the status line and the header lines, each ended by a line feed with or without a carriage return before it.
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

    /// The first value of a header, or `nil` when the answer does not have it.
    ///
    /// The name is given in lower case.
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

    /// Whether the status is one of success, 200 to 299.
    public var isSuccess: Bool { (200..<300).contains(status) }
}
