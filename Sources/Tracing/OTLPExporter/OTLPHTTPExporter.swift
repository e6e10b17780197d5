package import DaprLibcurl
package import OpenTelemetry

/// Sends spans to a collector by OTLP over HTTP, in Protocol Buffers.
///
/// https://opentelemetry.io/docs/specs/otlp/#otlphttp
package struct OTLPHTTPExporter: SpanExporter {
    private let client: CurlClient
    private let endpoint: OTLPEndpoint
    private let headers: [(name: String, value: String)]

    /// Creates an exporter; it sends nothing by itself.
    ///
    /// - Parameters:
    ///   - client: Carries the requests; not one whose calls all go to a socket of another.
    ///   - endpoint: Where they go.
    ///   - headers: Further headers of each request, such as a key.
    package init(_ client: CurlClient, to endpoint: OTLPEndpoint, headers: [(name: String, value: String)]) {
        self.client = client
        self.endpoint = endpoint
        self.headers =
            headers + [("Content-Type", "application/x-protobuf"), ("User-Agent", "OTel-OTLP-Exporter-Swift")]
    }

    package func export(_ body: [UInt8], timeout: Duration) async -> ExportOutcome {
        var request = CurlRequest(method: "POST", url: endpoint.url, headers: headers, body: body)
        request.timeout = timeout
        request.maximumBodyBytes = 64 << 10
        do throws(CurlError) {
            let answer = try await client.send(request)
            return ExportOutcome(
                status: answer.status,
                retryAfter: answer.header("retry-after"),
                body: answer.body
            )
        } catch {
            switch error {
            case .invalidRequest, .bodyTooLarge: return .refused("\(error)")
            default: return .unavailable(retryAfter: nil, "\(error)")
            }
        }
    }
}
