import DaprEventLoop
import DaprLibcurl
import DaprText
import TestTools
import Testing

/// Answers that were changed at random: each is read, or ends in an error that does not deny that the request was sent.
@Suite struct CurlAnswerFuzzTests {
    private static let corpus = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Y: caf\u{E9}\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nServer-Timing: a\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n",
        "HTTP/1.0 404 Not Found\r\nX: y\r\n\r\nuntil the end",
    ]
    private static let words = [
        "\r\n", "\n", "\r", ":", ": ", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "0\r\n\r\n",
        "ffffffffffffffff", "-1", ";x=y", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "\u{0}", "\u{301}",
        "\u{10FFE9}", "Connection: close\r\n", "101",
    ]
    private static let limit = 1 << 16

    @Test func `an answer that was changed is read or refused, never more`() async throws {
        try await withClient(loops: 1) { client in
            try await Fuzzing.run("answers", reaching: ["read", "refused"]) { numbers in
                let bytes = numbers.changed(Array(numbers.pick(Self.corpus).utf8), words: Self.words)
                let server = try ScriptedServer([.init(bytes)])
                defer { server.stop() }
                var request = CurlRequest(url: "http://127.0.0.1:\(server.port)/")
                request.timeout = .seconds(10)
                request.maximumBodyBytes = Self.limit
                do {
                    try Self.judge(try await client.send(request), bytes)
                    return "read"
                } catch let error as CurlError {
                    guard error.outcomeUnknown else { throw Violation("\(error) after it was sent: \(bytes)") }
                    return "refused"
                }
            }
        }
    }

    /// Looks at an answer as its caller does.
    private static func judge(_ response: CurlResponse, _ sent: [UInt8]) throws {
        guard (200...999).contains(response.status), response.body.count <= limit else {
            throw Violation("\(response.status) with \(response.body.count) bytes: \(sent)")
        }
        for (name, value) in response.headers where HeaderText.text(HeaderText.bytes(value)) != value {
            throw Violation("\(name) does not keep its bytes: \(sent)")
        }
    }
}
