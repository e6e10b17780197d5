import DaprEventLoop
import DaprHTTPServer
import TestTools
import Testing

/// Requests that stop in the middle, changed at random: whatever state libmicrohttpd is left in, it costs neither time nor much memory.
@Suite struct HalfSentFuzzTests {
    private static let words = [
        "\r\n", "\r", "\n", "\0", " ", "\t", ":", ";", "0", "5", "ffffffffffffffff", "0x", "-1", "+5", "GET ", "POST ",
        "HTTP/1.1", "HTTP/1.0",
        "HTTP/2.0", "Host: x\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 18446744073709551616\r\n", "Expect: 100-continue\r\n", "Connection: close\r\n",
        "Connection: Upgrade\r\n",
        "Cookie: a=b; c", "?a&b=c", "%00", "\u{301}", "\u{FF}", "\r\n\r\n", "0\r\n\r\n",
    ]
    /// The states of a case stand side by side, so that one that computes is seen in a window of some milliseconds.
    private static let crowd = 16
    /// For each connection its pool of 32 KiB, what it has sent and as much again; 16 MiB for what else the process does at that moment.
    private static let room = crowd * (128 << 10) + 16 << 20

    @Test func `what stops anywhere computes nothing, and holds little`() async throws {
        let states = HalfSentTests.heads + HalfSentTests.bodies + HalfSentTests.chunkLines
        let loops = try EventLoopGroup(count: 1)
        let configuration = HTTPServer.Configuration.local {
            $0.headDeadline = .seconds(60)
            $0.bodyDeadline = .seconds(60)
        }
        let server = HTTPServer(configuration, on: loops, handler: TestHandler())
        try await server.start()
        let port = server.port
        let outcome: Result<Void, any Error>
        do {
            try await Fuzzing.run("half-sent requests", reaching: ["held"]) { numbers in
                let cases = (0..<Self.crowd).map { _ in
                    let state = numbers.pick(states)
                    let text = numbers.changed(state.bytes, words: Self.words)
                    return numbers.oneIn(2) ? text : Array(text.prefix(numbers.below(text.count + 1)))
                }
                return try await Self.outcome(of: cases, port, loops.next(), server)
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await server.drain(within: .seconds(5))
        loops.shutdown()
        try outcome.get()
    }

    private static func outcome(
        of cases: [[UInt8]],
        _ port: Int,
        _ loop: EventLoop,
        _ server: HTTPServer
    ) async throws -> String {
        let before = try residentBytes()
        var clients = try await blocking {
            try cases.map { bytes in
                let client = try Client(port: port)
                client.raw.send(bytes)
                return client
            }
        }
        // First it takes in what came; then nothing moves any more.
        var use = LoopUse(wall: .zero, computed: .zero, waited: .zero)
        for _ in 0..<20 {
            use = try await LoopUse.of(loop) { try await Task.sleep(for: .milliseconds(40)) }
            if !use.isWithoutRest { break }
        }
        let inputs = cases.map { String(decoding: $0.prefix(300), as: UTF8.self).debugDescription }.joined(
            separator: "\n"
        )
        if use.isWithoutRest { throw Violation("the loop does not rest: \(use), by one of\n\(inputs)") }
        let held = await server.connectionCount()
        let size = try residentBytes() - before
        if size > room { throw Violation("\(size) bytes more, by\n\(inputs)") }
        for client in clients { client.raw.reset() }
        clients = []
        try await eventually("all connections are closed: \(inputs)") { await server.connectionCount() == 0 }
        return held > 0 ? "held" : "none held"
    }

    /// A client that several can hold.
    private final class Client: Sendable {
        let raw: RawClient

        init(port: Int) throws { raw = try RawClient(port: port) }
    }
}
