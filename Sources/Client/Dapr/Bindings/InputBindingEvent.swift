public import DaprJSON

/// An event that an input binding brings to the app: `POST /<route>`, where the route is the component's name unless its metadata
/// `route` says otherwise.
///
/// Answer with status **200** to acknowledge it; any other makes it come again where the binding can. At its start the sidecar asks
/// `OPTIONS` on the route, and starts the binding when the answer is 2xx or 405; with `direction: input` in the component's metadata it
/// does not ask.
///
/// See [Bindings API: binding endpoints](https://docs.dapr.io/reference/api/bindings_api/#binding-endpoints).
public struct InputBindingEvent: Sendable, Hashable {
    /// The event's bytes as they came; empty when it has none, as of `bindings.cron`.
    public let data: [UInt8]
    /// What the binding says of the event, by names in lower case: `readtimeutc` and `timezone` of `bindings.cron`.
    ///
    /// The sidecar sends it as headers. Those of HTTP, of the trace and the API token are left out; any other header is kept.
    public let metadata: [String: String]
    /// The trace to continue in calls made for this event; `nil` when it has none that is valid.
    public let trace: TraceContext?

    /// Reads an event from a request.
    ///
    /// - Parameters:
    ///   - headers: the headers of the request; of several with the same name the first counts.
    ///   - body: the body.
    public init(headers: [(name: String, value: String)], body: [UInt8]) {
        var all: [String: String] = [:]
        for (name, value) in headers where all[name.lowercased()] == nil { all[name.lowercased()] = value }
        trace = all["traceparent"].flatMap { TraceContext(traceparent: $0, tracestate: all["tracestate"]) }
        for name in Self.namesOfHTTP { all[name] = nil }
        metadata = all
        data = body
    }

    /// The data as JSON.
    ///
    /// - Throws: `JSONError` when it is not JSON.
    public func jsonValue() throws(JSONError) -> JSONValue { try JSONValue(parsing: data) }

    /// The data as a type of the caller's.
    ///
    /// - Throws: ``DeliveryError/noData`` when there is none, `JSONError` when it is not JSON, `DecodingError` when it does not fit.
    public func decodedData<T: Decodable>(_ type: T.Type) throws -> T {
        if data.isEmpty { throw DeliveryError.noData }
        return try JSONCoding.decode(type, from: data)
    }

    private static let namesOfHTTP = [
        "accept", "accept-encoding", "connection", "content-length", "content-type", "dapr-api-token", "host",
        "traceparent", "tracestate", "transfer-encoding", "user-agent",
    ]
}
