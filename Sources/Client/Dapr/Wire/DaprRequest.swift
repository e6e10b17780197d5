/// A request to the sidecar as a ``DaprTransport`` sends it.
public struct DaprRequest: Sendable {
    /// The HTTP method in capitals, such as `GET`.
    public var method: String
    /// The path with its query, percent-encoded, from its leading slash: `/v1.0/state/store/key?consistency=strong`.
    ///
    /// A transport sends it as it is. It must not resolve dot segments: the key `..` travels as `%2E%2E`.
    public var path: String
    /// The headers to send, in order.
    ///
    /// Names and values are checked: none contains a control character.
    public var headers: [(name: String, value: String)]
    /// The body, or `nil` for a request without one.
    public var body: [UInt8]?
    /// The time allowed for the whole exchange, connecting included.
    public var timeout: Duration
    /// The longest body of an answer that is accepted, in bytes.
    public var maximumAnswerBytes: Int
    /// Whether the request only reads, so that a transport may send it again when a kept connection turns out dead.
    public var mayRepeat: Bool

    /// Makes a request, as ``DaprClient`` does, for a test of a transport.
    ///
    /// - Parameters:
    ///   - method: the HTTP method in capitals.
    ///   - path: the path with its query, percent-encoded.
    ///   - headers: the headers to send, in order.
    ///   - body: the body, or `nil` for none.
    ///   - timeout: the time allowed for the whole exchange.
    ///   - maximumAnswerBytes: the longest body of an answer that is accepted, in bytes.
    ///   - mayRepeat: whether the request only reads.
    public init(
        method: String,
        path: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(30),
        maximumAnswerBytes: Int = 16 << 20,
        mayRepeat: Bool = false
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximumAnswerBytes = maximumAnswerBytes
        self.mayRepeat = mayRepeat
    }
}
