import HTTPServer
import TestSupport
import Testing

/// What each malformed or unusual request must get, sent over a plain socket.
struct StrictnessTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        let statuses: [Int]
        /// Whether the server must close the connection after it.
        let closes: Bool

        init(_ name: String, _ request: String, _ statuses: [Int], closes: Bool = false) {
            self.name = name
            self.request = request
            self.statuses = statuses
            self.closes = closes
        }

        var testDescription: String { name }
    }

    private static let host = "Host: x\r\n"
    private static let post = "POST /hello HTTP/1.1\r\nHost: x\r\n"

    static let rows: [Row] = [
        Row(
            "three pipelined",
            "GET /a HTTP/1.1\r\n\(host)\r\nGET /b HTTP/1.1\r\n\(host)\r\n\(post)Content-Length: 3\r\n\r\nabc",
            [200, 200, 200]
        ),
        Row("no Host", "GET /hello HTTP/1.1\r\n\r\n", [400], closes: true),
        Row("two Hosts", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", [400], closes: true),
        Row(
            "Content-Length with Transfer-Encoding",
            "\(post)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /get HTTP/1.1\r\n\(host)\r\n",
            [400],
            closes: true
        ),
        Row(
            "two Content-Lengths that differ",
            "\(post)Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
            [400],
            closes: true
        ),
        Row(
            "two equal Content-Lengths",
            "\(post)Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            [400],
            closes: true
        ),
        Row("Content-Length with a plus", "\(post)Content-Length: +5\r\n\r\nabcde", [400], closes: true),
        Row("Content-Length as a list", "\(post)Content-Length: 5,5\r\n\r\nabcde", [400], closes: true),
        Row("negative Content-Length", "\(post)Content-Length: -1\r\n\r\n", [400], closes: true),
        Row(
            "Content-Length beyond counting",
            "\(post)Content-Length: 99999999999999999999\r\n\r\n",
            [413],
            closes: true
        ),
        Row("Transfer-Encoding xchunked", "\(post)Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", [400], closes: true),
        Row(
            "Transfer-Encoding gzip, chunked",
            "\(post)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            [400],
            closes: true
        ),
        Row(
            "two Transfer-Encodings",
            "\(post)Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
            [400],
            closes: true
        ),
        Row(
            "a chunk size that is no number",
            "\(post)Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
            [400],
            closes: true
        ),
        Row("a chunk extension", "\(post)Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n", [200]),
        Row("a space before the colon", "GET /hello HTTP/1.1\r\n\(host)X : a\r\n\r\n", [400], closes: true),
        Row("a header over two lines", "GET /hello HTTP/1.1\r\n\(host)X: a\r\n b\r\n\r\n", [400], closes: true),
        Row("bare line feeds", "GET /hello HTTP/1.1\nHost: x\n\n", [200]),
        Row(
            "a bare carriage return in a value",
            "GET /hello HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
            [400],
            closes: true
        ),
        Row("a NUL in a header value", "GET /hello HTTP/1.1\r\n\(host)X: a\0b\r\nY: c\r\n\r\n", [400], closes: true),
        Row("a NUL in the last header value", "GET /hello HTTP/1.1\r\n\(host)X: a\0b\r\n\r\n", [400], closes: true),
        Row("a NUL in the target", "GET /hel\0lo HTTP/1.1\r\n\(host)\r\n", [400], closes: true),
        Row("a NUL in the query", "GET /hello?a=\0b HTTP/1.1\r\n\(host)\r\n", [400], closes: true),
        Row("a query", "GET /hello?a=b&c=d?e HTTP/1.1\r\n\(host)\r\n", [200]),
        Row("an escaped NUL in the target", "GET /hello%00x HTTP/1.1\r\n\(host)\r\n", [200]),
        Row("an absolute target", "GET http://x/hello HTTP/1.1\r\n\(host)\r\n", [200]),
        Row("a target that is no path", "GET hello HTTP/1.1\r\n\(host)\r\n", [400], closes: true),
        Row("HTTP/1.0", "GET /hello HTTP/1.0\r\n\r\n", [200], closes: true),
        Row("HTTP/2.0", "GET /hello HTTP/2.0\r\n\(host)\r\n", [505], closes: true),
        Row("HTTP/0.9", "GET /hello\r\n", [400], closes: true),
        Row(
            "a header of 40,000 bytes",
            "GET /hello HTTP/1.1\r\n\(host)X: \(String(repeating: "a", count: 40_000))\r\n\r\n",
            [431],
            closes: true
        ),
        Row(
            "a target of 100,000 bytes",
            "GET /hello\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\n\(host)\r\n",
            [414],
            closes: true
        ),
        Row(
            "200 header fields",
            "GET /hello HTTP/1.1\r\n\(host)\((0..<200).map { "X\($0): a\r\n" }.joined())\r\n",
            [431],
            closes: true
        ),
        Row("Expect: 100-continue", "\(post)Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", [100]),
        Row("another expectation", "\(post)Expect: tea\r\nContent-Length: 3\r\n\r\nabc", [417], closes: true),
        Row("HEAD", "HEAD /hello HTTP/1.1\r\n\(host)\r\n", [200]),
        Row("an unknown method", "FROB /hello HTTP/1.1\r\n\(host)\r\n", [501], closes: true),
        Row("the preamble of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505], closes: true),
    ]

    @Test(arguments: rows)
    func `each request gets its status`(row: Row) async throws {
        try await withServer { port, _ in
            let received: (answers: RawClient.Received, more: RawClient.Received?) = try await blocking {
                let client = try RawClient(port: port)
                client.send(row.request)
                if row.closes { return (answers: client.receive(), more: nil) }
                let answers = client.receive(until: "HTTP/1.1 ", times: row.statuses.count)
                return (answers: answers, more: client.receive(silence: 400))
            }
            let text = received.answers.text + (received.more?.text ?? "")
            let statuses = RawClient.Received.statuses(in: text)
            // libmicrohttpd 0.9.75 sends the head of its own refusals twice before it closes: the first counts.
            #expect(
                (row.closes ? Array(statuses.prefix(row.statuses.count)) : statuses) == row.statuses,
                "\(text.prefix(300))"
            )
            #expect(row.closes ? received.answers.end != .silent : received.more?.end == .silent, "\(text.prefix(300))")
        }
    }
}
