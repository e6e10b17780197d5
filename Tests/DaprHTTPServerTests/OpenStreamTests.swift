import DaprHTTP
import DaprHTTPServer
import Synchronization
import TestTools
import Testing

/// Streamed answers that go on for long, at whatever pace their clients take them.
struct OpenStreamTests {
    /// What became of the task that writes an answer.
    private final class Fate: Sendable {
        enum End { case cancelled, slow }
        let end = Mutex<End?>(nil)
        let written = Atomic(0)
    }

    /// A handler whose answer at `/stream` writes pieces of so many bytes, as fast as they are taken, or one and then nothing more.
    private func handler(_ fate: Fate, piece: Int, isSilent: Bool = false) -> TestHandler {
        TestHandler(responders: [
            "/stream": { _ in
                var answer = HTTPResponse(.ok) { writer in
                    do {
                        repeat {
                            try await writer.write([UInt8](repeating: 65, count: piece))
                            fate.written.add(piece, ordering: .relaxed)
                        } while !isSilent
                        // Until the client leaves.
                        while true { try await Task.sleep(for: .seconds(3600)) }
                    } catch {
                        fate.end.withLock { $0 = writer.wasTooSlow ? .slow : .cancelled }
                        throw error
                    }
                }
                answer.pace = .any
                return answer
            }
        ])
    }

    private static let request = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func `a client that takes nothing is cut, and what waits for it is bounded`() async throws {
        let fate = Fate()
        let configuration = HTTPServer.Configuration.local { $0.answerDeadline = .seconds(1) }
        try await withServer(handler(fate, piece: 16 << 10), configuration: configuration) { port, server in
            let client = try RawClient(port: port)
            client.limitReceiving(to: 4096)
            client.send(Self.request)
            try await eventually { await server.connectionCount() == 1 }
            try await eventually { await server.connectionCount() == 0 }
            try await eventually { fate.end.withLock { $0 } == .slow }
            // The system's own buffers for a connection, and 64 KiB of ours.
            #expect(fate.written.load(ordering: .relaxed) < 16 << 20)
        }
    }

    @Test func `a client that takes little is left alone`() async throws {
        let fate = Fate()
        let configuration = HTTPServer.Configuration.local {
            $0.answerDeadline = .seconds(3)
            $0.leastRate = 100 << 20
        }
        try await withServer(handler(fate, piece: 16 << 10), configuration: configuration) { port, _ in
            let end = try await blocking {
                let client = try RawClient(port: port)
                // Of the loopback's packets, which are long, some must have room, or the system waits longer and longer until it asks again.
                client.limitReceiving(to: 512 << 10)
                client.send(Self.request)
                let end = ContinuousClock.now + .seconds(7)
                var last = RawClient.Received.End.marked
                while ContinuousClock.now < end, last == .marked {
                    last = client.take(64 << 10, within: 10_000)
                    client.pause(milliseconds: 200)
                }
                return last
            }
            #expect(end == .marked)
            #expect(fate.end.withLock { $0 } != .slow)
        }
    }

    @Test(arguments: [false, true])
    func `a silent stream ends when its client leaves`(isReset: Bool) async throws {
        let fate = Fate()
        try await withServer(handler(fate, piece: 10, isSilent: true)) { port, server in
            do {
                let client = try RawClient(port: port)
                client.send(Self.request)
                #expect(client.receive(until: "AAAAAAAAAA").statuses == [200])
                if isReset { client.reset() }
            }
            try await eventually { fate.end.withLock { $0 } == .cancelled }
            try await eventually { await server.connectionCount() == 0 }
        }
    }

    @Test func `streams that are open when the server's time to stop is over are cut`() async throws {
        let fate = Fate()
        try await withServer(handler(fate, piece: 10, isSilent: true)) { port, server in
            let client = try RawClient(port: port)
            client.send(Self.request)
            #expect(client.receive(until: "AAAAAAAAAA").statuses == [200])
            await server.drain(within: .milliseconds(200))
            #expect(client.receive().end != .silent)
            try await eventually { fate.end.withLock { $0 } == .cancelled }
        }
    }

    @Test func `a stream may last longer than a request may take`() async throws {
        let configuration = HTTPServer.Configuration.local {
            $0.requestDeadline = .milliseconds(300)
            $0.idleTimeout = .seconds(1)
            $0.answerDeadline = .seconds(1)
        }
        let fate = Fate()
        try await withServer(handler(fate, piece: 10, isSilent: true), configuration: configuration) { port, server in
            let client = try RawClient(port: port)
            client.send(Self.request)
            #expect(client.receive(until: "AAAAAAAAAA").statuses == [200])
            #expect(client.receive(silence: 3000).end == .silent)
            #expect(await server.connectionCount() == 1)
        }
    }
}
