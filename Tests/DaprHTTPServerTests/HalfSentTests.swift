import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import Foundation
import TestTools
import Testing

/// Requests that stop in the middle, in every state that libmicrohttpd has, each left open, ended and reset: none may cost time while nothing
/// moves, and each is ended by its deadline at the latest.
struct HalfSentTests {
    struct State: Sendable {
        let name: String
        let bytes: [UInt8]
        /// The status that an open connection gets before it is closed; `nil` for whatever comes.
        let status: Int?

        init(_ name: String, _ text: String, _ status: Int? = nil) {
            self.name = name
            bytes = Array(text.utf8)
            self.status = status
        }
    }

    private static let chunked = "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static func many(_ text: String, _ count: Int = 20_000) -> String { String(repeating: text, count: count) }

    static let heads = [
        State("nothing", ""),
        State("a line end", "\r\n"),
        State("many line ends", many("\r\n", 9000)),
        State("half a method", "GE"),
        State("half a target", "GET /a"),
        State("a target without end", "GET /\(many("a"))", 414),
        State("a request line", "GET / HTTP/1.1\r\n", 408),
        State("half a field", "GET / HTTP/1.1\r\nHost: x\r\nX", 408),
        State("a field without end", "GET / HTTP/1.1\r\nHost: x\r\nX: \(many("a"))", 431),
        State("a name without end", "GET / HTTP/1.1\r\nHost: x\r\n\(many("a"))", 431),
        State("fields without end", "GET / HTTP/1.1\r\nHost: x\r\n\(many("X: a\r\n"))", 431),
        State("a head but for its last byte", "GET / HTTP/1.1\r\nHost: x\r\n\r", 408),
        State("300 query items", "GET /?\(many("a&", 300)) HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        State("300 query items and half a field", "GET /?\(many("a&", 300)) HTTP/1.1\r\nHo", 431),
        State("4,000 query items", "GET /?\(many("&", 4000)) HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        State(
            "190 query items and 60 fields",
            "GET /?\(many("a&", 190)) HTTP/1.1\r\nHost: x\r\n\(many("X: a\r\n", 60))",
            nil
        ),
        State("2,000 cookies", "GET / HTTP/1.1\r\nHost: x\r\nCookie: \(many("a;", 2000))\r\n\r\n"),
        State("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        State("a hello of TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{FC}\u{3}\u{3}"),
    ]

    static let bodies = [
        State("no byte of a body", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", 408),
        State("half a body", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", 408),
        State("half a body that is forgotten", "POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", 408),
        State("half a body that is streamed", "POST /streamed HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", 408),
        State("100 Continue", "POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"),
        State("no chunk", chunked, 408),
        State("half a size", "\(chunked)1", 408),
        State("a size and half a line end", "\(chunked)5\r", 408),
        State("half a chunk", "\(chunked)5\r\nab", 408),
        State("a chunk without its line end", "\(chunked)5\r\nhello", 408),
        State("a chunk with half a line end", "\(chunked)5\r\nhello\r", 408),
        State("no trailer", "\(chunked)5\r\nhello\r\n0\r\n", 408),
        State("half a trailer", "\(chunked)5\r\nhello\r\n0\r\nX: a", 408),
        State("a trailer without end", "\(chunked)0\r\nX: \(many("a"))"),
        State("trailers without end", "\(chunked)0\r\n\(many("X: a\r\n"))"),
    ]

    static let chunkLines = [
        State("a chunk extension without end", "\(chunked)5;\(many("a"))", 413),
        State("a chunk extension of 100,000 bytes", "\(chunked)5;\(many("a", 100_000))", 413),
        State("zeros before a size", "\(chunked)\(many("0"))5", 413),
        State("a later chunk extension without end", "\(chunked)5\r\nhello\r\n5;\(many("a"))", 413),
        State("an extension of the last chunk", "\(chunked)5\r\nhello\r\n0;\(many("a"))", 413),
        State("one after a request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n\(chunked)5;\(many("a"))"),
        State("one in a body that is too long", "\(chunked)7d0\r\n\(many("a", 2000))\r\n5;\(many("a"))", 413),
        State(
            "one in a body that is forgotten",
            "\(chunked.replacingOccurrences(of: "/x", with: "/refused"))5;\(many("a"))",
            413
        ),
        State(
            "one in a body that is streamed",
            "\(chunked.replacingOccurrences(of: "/x", with: "/streamed"))5;\(many("a"))",
            413
        ),
        State(
            "one of a client that waits for 100 Continue",
            "\(chunked.replacingOccurrences(of: "\r\n\r\n", with: "\r\nExpect: 100-continue\r\n\r\n"))5;\(many("a"))"
        ),
        State(
            "a body behind 190 query items",
            "POST /?\(many("a&", 190)) HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
            431
        ),
        State(
            "a body behind 200 cookies",
            "POST / HTTP/1.1\r\nHost: x\r\nCookie: \(many("a=b; ", 200))\r\nContent-Length: 50\r\n\r\nhello",
            431
        ),
        State(
            "a chunk extension behind 120 fields",
            "\(chunked.dropLast())\(many("X: a\r\n", 120))\r\n5;\(many("a"))",
            413
        ),
    ]

    /// A chunk line that fills the buffer to its last byte: what follows, if anything, is in the client's hands.
    private static let fills = stride(from: 8000, through: 19_000, by: 250).map {
        State("a chunk extension of \($0) bytes", "\(chunked)5;\(many("a", $0))")
    }

    @Test func `a head that stops in the middle costs nothing and ends in time`() async throws {
        try await HalfSentTests.check(HalfSentTests.heads)
    }

    @Test func `a body that stops in the middle costs nothing and ends in time`() async throws {
        try await HalfSentTests.check(HalfSentTests.bodies)
    }

    @Test func `a chunk header longer than the buffer is refused and costs nothing`() async throws {
        try await HalfSentTests.check(HalfSentTests.chunkLines)
    }

    @Test func `a chunk header of any length costs nothing`() async throws {
        try await HalfSentTests.check(HalfSentTests.fills)
    }

    @Test func `200 connections that stand still leave the loop to others`() async throws {
        raiseDescriptorLimit()
        try await HalfSentTests.withLoop(deadline: .seconds(60)) { port, loop, _ in
            try await blocking {
                for _ in 0..<200 {
                    try RawClient(port: port).send("\(HalfSentTests.chunked)5;\(HalfSentTests.many("a"))")
                }
                let other = try RawClient(port: port)
                for _ in 0..<100 {
                    other.send("GET /other HTTP/1.1\r\nHost: x\r\n\r\n")
                    #expect(other.receive(until: "/other").statuses == [200])
                }
            }
            let use = try await LoopUse.of(loop) { try await Task.sleep(for: .seconds(1)) }
            #expect(!use.isWithoutRest, "\(use)")
        }
    }

    /// Sends each state to a server of its own, three times: left open, ended and reset.
    private static func check(_ states: [State]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, state) in states.enumerated() {
                // As many at a time as do not wait for one another.
                if index >= 12 { try await group.next() }
                group.addTask { try await check(state) }
            }
            try await group.waitForAll()
        }
    }

    private static func check(_ state: State) async throws {
        // Only what is left to its deadline has a short one: a busy machine may need as long to take in the rest.
        let waits = state.status ?? 408 == 408
        try await withLoop(deadline: .seconds(waits ? 3 : 60)) { port, loop, server in
            let use = try await LoopUse.of(loop) {
                try await blocking {
                    do {
                        let reset = try RawClient(port: port)
                        reset.send(state.bytes)
                        reset.reset()
                    }
                    let ended = try RawClient(port: port)
                    ended.send(state.bytes)
                    ended.finish()
                    let open = try RawClient(port: port)
                    open.send(state.bytes)
                    let answer = open.receive(silence: 20_000)
                    #expect(answer.end != .silent, "\(state.name), left open")
                    if let status = state.status {
                        #expect(answer.statuses.contains(status), "\(state.name): \(answer.text.prefix(200))")
                    }
                    #expect(ended.receive(silence: 20_000).end != .silent, "\(state.name), ended")
                }
                try await eventually { await server.connectionCount() == 0 }
            }
            // A connection that is run again at once takes all of the seconds that its deadline leaves it.
            #expect(use.computed < .milliseconds(500) || !use.isWithoutRest, "\(state.name): \(use)")
        }
    }

    /// A server on one loop, with that deadline for heads and bodies.
    private static func withLoop(
        deadline: Duration,
        _ body: (Int, EventLoop, HTTPServer) async throws -> Void
    ) async throws {
        let loops = try EventLoopGroup(count: 1)
        let configuration = HTTPServer.Configuration.local {
            $0.headDeadline = deadline
            $0.bodyDeadline = deadline
        }
        let server = HTTPServer(configuration, on: loops, handler: TestHandler())
        try await server.start()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(server.port, loops.next(), server))
        } catch {
            outcome = .failure(error)
        }
        await server.drain(within: .seconds(5))
        loops.shutdown()
        try outcome.get()
    }
}
