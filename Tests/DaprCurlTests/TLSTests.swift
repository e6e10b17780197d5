import Dapr
import DaprCurl
import Testing

struct TLSTests {
    private static let answers = [
        "v1.0/state/store/k": "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: e-1\r\n\r\n\"hello\"",
        "v1.0/state/store/none": "HTTP/1.1 204 No Content\r\n\r\n",
    ]

    private func withClient(
        _ endpoint: DaprEndpoint,
        authorities: String?,
        _ use: (DaprClient) async throws -> Void
    ) async throws {
        let transport = try DaprCurlTransport(endpoint: endpoint, certificateAuthorities: authorities)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await use(DaprClient(transport: transport, timeout: .seconds(10))))
        } catch {
            outcome = .failure(error)
        }
        await transport.shutdown()
        try outcome.get()
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `an https endpoint answers whoever trusts its authority`(host: String) async throws {
        try await TLSServer.with(Self.answers) { server in
            let endpoint = try DaprEndpoint(environment: [
                "DAPR_HTTP_ENDPOINT": "https://\(host):\(server.port)", "DAPR_HTTP_PORT": "1",
            ])
            try await withClient(endpoint, authorities: server.authority) { dapr in
                // The server ends each connection, so the second call makes another one.
                for _ in 0..<2 {
                    let entry = try await dapr.getState("k", in: "store")
                    #expect(entry?.value == Array(#""hello""#.utf8))
                    #expect(entry?.etag == "e-1")
                }
                #expect(try await dapr.getState("none", in: "store") == nil)
            }
        }
    }

    @Test func `a certificate of an authority that the system does not know is refused, in plain words`() async throws {
        try await TLSServer.with(Self.answers) { server in
            let endpoint = try DaprEndpoint(parsing: "https://localhost:\(server.port)")
            try await withClient(endpoint, authorities: nil) { dapr in
                let error = try await #require(throws: DaprError.self) {
                    try await dapr.saveState([StateItem("k", json: [0x31])], in: "store")
                }
                try expectUntrusted(error)
                #expect(
                    error.description.contains("is not trusted, nothing was sent; give the transport its authority")
                )
                #expect(!error.outcomeUnknown)
            }
        }
    }

    @Test func `a certificate for another host is refused`() async throws {
        try await TLSServer.with(Self.answers, names: "DNS:other.example") { server in
            let endpoint = try DaprEndpoint(parsing: "https://localhost:\(server.port)")
            try await withClient(endpoint, authorities: server.authority) { dapr in
                let error = try await #require(throws: DaprError.self) { try await dapr.getState("k", in: "store") }
                try expectUntrusted(error)
                #expect(error.debugDescription.contains("other") || error.debugDescription.contains("localhost"))
            }
        }
    }

    @Test func `a file of authorities that is missing is told`() async throws {
        try await TLSServer.with(Self.answers) { server in
            let endpoint = try DaprEndpoint(parsing: "https://localhost:\(server.port)")
            try await withClient(endpoint, authorities: "/nonexistent/ca.pem") { dapr in
                let error = try await #require(throws: DaprError.self) { try await dapr.getState("k", in: "store") }
                try expectUntrusted(error)
                #expect(error.debugDescription.contains("/nonexistent/ca.pem"))
            }
        }
    }

    @Test func `a server without TLS behind an https endpoint is unreachable, and so nothing was sent`() async throws {
        try await EchoServer.run { _, port in
            let endpoint = try DaprEndpoint(parsing: "https://127.0.0.1:\(port)")
            try await withClient(endpoint, authorities: nil) { dapr in
                let error = try await #require(throws: DaprError.self) { try await dapr.deleteState("k", in: "store") }
                #expect(error.kind == .unreachable)
                #expect(!error.outcomeUnknown)
            }
        }
    }

    private func expectUntrusted(_ error: DaprError) throws {
        #expect(error.kind == .unreachable)
        guard case .untrustedCertificate(let words) = error.transportError else {
            Issue.record("not the error of an untrusted certificate: \(error.debugDescription)")
            return
        }
        #expect(!words.isEmpty)
    }
}
