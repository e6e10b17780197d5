import DaprLibcurl
import Testing

/// Fields behind the last chunk, such as checksums and `Server-Timing`.
struct TrailerTests {
    private static let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Kind: head\r\n"
    private static let body = "\r\n5\r\nhello\r\n0\r\n"

    @Test(arguments: [
        head + "Trailer: X-Checksum\r\n" + body + "X-Checksum: 1\r\nServer-Timing: a;dur=1\r\n\r\n",
        head + body + "X-Kind: trailer\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + head + body + "X-Kind: trailer\r\n\r\n",
        head + body + "Content-Length: 1\r\nX-Kind: again\r\n\r\n",
    ])
    func `an answer with trailers is whole, and they are no part of its head`(answer: String) async throws {
        let server = try ScriptedServer([.init(answer, staysOpen: true)])
        defer { server.stop() }
        try await withClient { client in
            let response = try await client.send(CurlRequest(url: "http://127.0.0.1:\(server.port)/"))
            #expect(response.status == 200)
            #expect(String(decoding: response.body, as: UTF8.self) == "hello")
            #expect(response.headers.filter { $0.name == "x-kind" }.map(\.value) == ["head"])
            #expect(response.header("x-checksum") == nil)
            #expect(response.header("content-length") == nil)
        }
    }

    @Test(arguments: ["X-Check", "HTTP/1.1 500 No\r\n\r\n"])
    func `an answer that ends within its trailers, or has another head there, is no answer`(
        trailers: String
    )
        async throws
    {
        let server = try ScriptedServer([.init(Self.head + Self.body + trailers)])
        defer { server.stop() }
        try await withClient { client in
            let error = await #expect(throws: CurlError.self) {
                try await client.send(CurlRequest(url: "http://127.0.0.1:\(server.port)/"))
            }
            #expect(error?.outcomeUnknown == true)
        }
    }

    @Test func `trailers without end end the call`() async throws {
        let line = "X-More: " + String(repeating: "x", count: 1000) + "\r\n"
        let script = ScriptedServer.Script(
            Self.head + Self.body + String(repeating: line, count: 400),
            staysOpen: true
        )
        let server = try ScriptedServer([script])
        defer { server.stop() }
        try await withClient { client in
            var request = CurlRequest(url: "http://127.0.0.1:\(server.port)/")
            request.timeout = .seconds(20)
            let error = await #expect(throws: CurlError.self) { try await client.send(request) }
            #expect(error != .timedOut(requestSent: true), "they are bounded by bytes, not by time")
        }
    }
}
