import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprLibcurl
import OTLPExporter
import OpenTelemetry
import TestTools
import Testing

/// Exports over a real connection.
struct OTLPHTTPExporterTests {
    /// Sends one export to a port of this machine.
    private static func export(
        to port: Int,
        path: String = "/v1/traces",
        headers: [(name: String, value: String)] = [],
        timeout: Duration = .seconds(10)
    ) async throws -> ExportOutcome {
        let loops = try EventLoopGroup(count: 1)
        let client = try CurlClient(on: loops)
        let endpoint = try #require(OTLPEndpoint(traces: "http://127.0.0.1:\(port)\(path)"))
        let outcome = await OTLPHTTPExporter(client, to: endpoint, headers: headers).export([10, 0], timeout: timeout)
        await client.shutdown()
        loops.shutdown()
        return outcome
    }

    /// A collector that tells in its answer what it got.
    private struct Collector: HTTPHandler {
        func accept(_ head: HTTPRequest) -> HTTPAcceptance {
            .collect(limit: 1024) { request in
                guard request.target == "/v1/traces", request.method == .post, request.body == [10, 0],
                    request.headers["Content-Type"] == "application/x-protobuf", request.headers["api-key"] == "k"
                else { return HTTPResponse(.tooManyRequests, headers: ["Retry-After": "3"]) }
                return HTTPResponse(.ok, body: [0x0A, 0x02, 0x08, 0x07])
            }
        }
    }

    @Test func `an export is a request of OTLP, and its answer is read`() async throws {
        let loops = try EventLoopGroup(count: 1)
        let server = HTTPServer(.init(address: .tcp(host: "127.0.0.1", port: 0)), on: loops, handler: Collector())
        try await server.start()
        let taken = try await Self.export(to: server.port, headers: [("api-key", "k")])
        #expect(taken == .accepted(rejected: 7, message: ""))
        let busy = try await Self.export(to: server.port)
        #expect(busy == .unavailable(retryAfter: .seconds(3), "status 429"))
        await server.drain(within: .seconds(5))
        loops.shutdown()
    }

    @Test func `a collector that is not there, or says nothing, may be there later`() async throws {
        let silent = try SilentServer()
        let late = try await Self.export(to: silent.port, timeout: .milliseconds(50))
        #expect(late == .unavailable(retryAfter: nil, "no answer in time"))
        guard case .unavailable(nil, let reason) = try await Self.export(to: 1) else {
            Issue.record("nobody listens on port 1")
            return
        }
        #expect(reason.contains("connect"))
    }
}
