import DaprHTTPServer
import Synchronization
import TestTools
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
        Row(
            "a chunk extension",
            "\(post)Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n",
            [200],
            closes: true
        ),
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
        Row("a method that is the handler's to refuse", "TRACE /hello HTTP/1.1\r\n\(host)\r\n", [200]),
        Row("an unknown method", "FROB /hello HTTP/1.1\r\n\(host)\r\n", [501], closes: true),
        Row("the preamble of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505], closes: true),
    ]

    /// What one server could end where another goes on, and what is no character of its place.
    static let readings: [Row] = [
        Row(
            "a chunk extension that ends in a bare line feed",
            "\(chunked)2;\n{}\r\n26\r\n0\r\n\r\nGET /health HTTP/1.1\r\n\(host)\r\n\r\n0\r\n\r\n",
            [200],
            closes: true
        ),
        Row(
            "a bare line feed behind a chunk, and a request behind it",
            "\(chunked)2\r\n{}\n0\r\n\r\nGET /next HTTP/1.1\r\n\(host)\r\n",
            [200],
            closes: true
        ),
        Row(
            "a bare line feed behind a trailer, and a request behind it",
            "\(chunked)0\r\nX: a\n\nGET /next HTTP/1.1\r\n\(host)\r\n",
            [200],
            closes: true
        ),
        Row(
            "a chunked request, and one behind it",
            "\(chunked)2\r\n{}\r\n0\r\n\r\nGET /next HTTP/1.1\r\n\(host)\r\n",
            [200],
            closes: true
        ),
        Row(
            "HTTP/1.0 with a transfer coding",
            "POST /hello HTTP/1.0\r\n\(host)Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            [400],
            closes: true
        ),
        Row(
            "a transfer coding with the sign for kelvin",
            "\(post)Transfer-Encoding: chun\u{212A}ed\r\n\r\n0\r\n\r\n",
            [400],
            closes: true
        ),
        Row(
            "an expectation with a long s",
            "\(post)Expect: 100-continue\u{17F}\r\nContent-Length: 3\r\n\r\nabc",
            [417],
            closes: true
        ),
        Row(
            "a name with the sign for kelvin",
            "GET /hello HTTP/1.1\r\n\(host)\u{212A}: a\r\n\r\n",
            [400],
            closes: true
        ),
        Row("a NUL behind a length", "\(post)Content-Length: 3\0\r\n\r\nabc", [400], closes: true),
        Row("a NUL behind a coding", "\(post)Transfer-Encoding: chunked\0\r\n\r\n0\r\n\r\n", [400], closes: true),
        Row(
            "a NUL behind a value and another field",
            "GET /hello HTTP/1.1\r\n\(host)X: a\0\r\nY: b\r\n\r\n",
            [400],
            closes: true
        ),
        Row("NULs and blanks behind a value", "GET /hello HTTP/1.1\r\n\(host)X: a\0 \r\n\r\n", [400], closes: true),
        Row("a NUL behind an empty value", "GET /hello HTTP/1.1\r\n\(host)X: \0\r\n\r\n", [400], closes: true),
        Row("a NUL before a colon", "GET /hello HTTP/1.1\r\n\(host)X\0: a\r\n\r\n", [400], closes: true),
        Row(
            "a NUL behind a value, and bare line feeds",
            "GET /hello HTTP/1.1\nHost: x\nX: a\0\n\n",
            [400],
            closes: true
        ),
        Row("line ends of both kinds", "GET /hello HTTP/1.1\r\nHost: x\nX: a\r\n\r\n", [400], closes: true),
        Row("a NUL behind the method", "GET\0 /hello HTTP/1.1\r\n\(host)\r\n", [400], closes: true),
        Row("two blanks behind the method", "GET  /hello HTTP/1.1\r\n\(host)\r\n", [400], closes: true),
        Row("a NUL behind the target", "GET /hello\0 HTTP/1.1\r\n\(host)\r\n", [400], closes: true),
        Row("a NUL behind the version", "GET /hello HTTP/1.1\0\r\n\(host)\r\n", [400], closes: true),
        Row("a carriage return in the target", "GET /hello\rX HTTP/1.1\r\n\(host)\r\n", [400], closes: true),
        Row("a carriage return in the query", "GET /hello?a\rb HTTP/1.1\r\n\(host)\r\n", [400], closes: true),
        Row("a tab in the target", "GET /hel\tlo HTTP/1.1\r\n\(host)\r\n", [400], closes: true),
        Row("a delete character in the target", "GET /hel\u{7F}lo HTTP/1.1\r\n\(host)\r\n", [400], closes: true),
        Row("an absolute target in capitals", "GET HTTP://x/hello HTTP/1.1\r\n\(host)\r\n", [200]),
        Row(
            "an absolute target with the sign for kelvin",
            "GET http\u{212A}//x HTTP/1.1\r\n\(host)\r\n",
            [400],
            closes: true
        ),
        Row("200 query parameters", "GET /hello?\(many("a", 200, "&")) HTTP/1.1\r\n\(host)\r\n", [200]),
        Row("201 query parameters", "GET /hello?\(many("a", 201, "&")) HTTP/1.1\r\n\(host)\r\n", [431], closes: true),
        Row("300 query parameters", "GET /hello?\(many("a=b", 300, "&")) HTTP/1.1\r\n\(host)\r\n", [431], closes: true),
        Row("5,000 ampersands", "GET /hello?\(many("", 5000, "&")) HTTP/1.1\r\n\(host)\r\n", [431], closes: true),
        Row(
            "a body behind more than there is memory for",
            "POST /hello?\(many("a", 190, "&")) HTTP/1.1\r\n\(host)Content-Length: 3\r\n\r\nabc",
            [431],
            closes: true
        ),
        Row(
            "a body behind 100 query parameters and 30 cookies",
            "POST /hello?\(many("a", 100, "&")) HTTP/1.1\r\n\(host)Cookie: \(many("a=b", 30, "; "))\r\nContent-Length: 3\r\n\r\nabc",
            [200]
        ),
    ]

    private static let chunked = "\(post)Transfer-Encoding: chunked\r\n\r\n"

    private static func many(_ text: String, _ count: Int, _ separator: String) -> String {
        Array(repeating: text, count: count).joined(separator: separator)
    }

    @Test func `a head of 8,000 bytes is read, in whatever pieces it comes`() async throws {
        let fields = (0..<100).map { "X-\($0): \(String(repeating: "a", count: 68))\r\n" }.joined()
        let request = Array("GET /hello HTTP/1.1\r\n\(StrictnessTests.host)\(fields)\r\n".utf8)
        try await withServer { port, _ in
            for size in [1, 7, 100, 1460, 4096] {
                let received = try await blocking {
                    let client = try RawClient(port: port)
                    for start in stride(from: 0, to: request.count, by: size) {
                        client.send(Array(request[start..<min(start + size, request.count)]))
                    }
                    return client.receive(until: "/hello")
                }
                #expect(received.statuses == [200], "pieces of \(size): \(received.text.prefix(200))")
            }
        }
    }

    @Test func `a client of HTTP/2 is told in the log`() async throws {
        let notices = Mutex<[String]>([])
        let configuration = HTTPServer.Configuration.local {
            $0.notice = { line in notices.withLock { $0.append(line) } }
        }
        try await withServer(configuration: configuration) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                client.send([0, 0, 0, 4, 0, 0, 0, 0, 0])
                return client.receive()
            }
            #expect(received.statuses.first == 505)
        }
        #expect(notices.withLock { $0 }.count == 1)
        #expect(notices.withLock { $0 }.first?.contains("HTTP/2") == true)
    }

    @Test(arguments: rows + readings)
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
