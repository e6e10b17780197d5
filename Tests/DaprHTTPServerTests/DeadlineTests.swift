import DaprHTTP
import DaprHTTPServer
import Synchronization
import TestTools
import Testing

/// How long a client may take over a head, a body and an answer.
struct DeadlineTests {
    @Test(arguments: ["GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 5\r\nX"])
    func `fields that drip are answered 408 at the head's deadline, not at the request's`(
        beginning: String
    ) async throws {
        try await withServer(configuration: .local { $0.headDeadline = .milliseconds(300) }) { port, _ in
            let began = ContinuousClock.now
            let received = try await blocking {
                let client = try RawClient(port: port)
                return DeadlineTests.drip(beginning, to: client)
            }
            #expect(received.statuses == [408])
            #expect(received.end != .silent)
            #expect(ContinuousClock.now - began < .seconds(10))
        }
    }

    @Test func `fields that drip on a kept connection are answered 408 as well`() async throws {
        try await withServer(configuration: .local { $0.headDeadline = .milliseconds(300) }) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(client.receive(until: "/first").statuses == [200])
                return DeadlineTests.drip("GET /second HTTP/1.1\r\nX: ", to: client)
            }
            #expect(received.statuses == [408])
            #expect(received.end != .silent)
        }
    }

    @Test func `a body that drips is answered 408 at its deadline, however long the answer may take`() async throws {
        let configuration = HTTPServer.Configuration.local {
            $0.bodyDeadline = .milliseconds(300)
            $0.requestDeadline = .seconds(86_400)
        }
        try await withServer(configuration: configuration) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                return DeadlineTests.drip("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n", to: client)
            }
            #expect(received.statuses == [408])
        }
    }

    @Test func `a streamed body that stops is answered 408, however long the answer may take`() async throws {
        let configuration = HTTPServer.Configuration.local {
            $0.bodyDeadline = .milliseconds(300)
            $0.requestDeadline = .seconds(86_400)
        }
        try await withServer(configuration: configuration) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send("POST /streamed HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nab")
                return client.receive()
            }
            #expect(received.statuses == [408])
        }
    }

    @Test func `a body that keeps the least rate may take longer than the deadline`() async throws {
        let configuration = HTTPServer.Configuration.local {
            $0.bodyDeadline = .milliseconds(100)
            $0.leastRate = 10
        }
        try await withServer(configuration: configuration) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n")
                let end = ContinuousClock.now + .milliseconds(1500)
                var sent = 0
                while ContinuousClock.now < end, sent < 890 {
                    client.send("aaaaaaaaaa")
                    sent += 10
                    guard client.receive(silence: 17).end == .silent else { break }
                }
                client.send(String(repeating: "a", count: 900 - sent))
                return client.receive(until: "aaa")
            }
            #expect(received.statuses == [200])
        }
    }

    /// 16 MiB, more than the system takes for a client that does not read.
    private static let long = TestHandler(responders: [
        "/long": { _ in HTTPResponse(.ok, body: [UInt8](repeating: 65, count: 16 << 20)) },
        "/stream": { _ in
            HTTPResponse(.ok) { writer in
                while true { try await writer.write([UInt8](repeating: 65, count: 64 << 10)) }
            }
        },
        "/quiet": { _ in
            HTTPResponse(.ok) { writer in
                try await writer.write([65])
                // Cancelled only when the test is over.
                try await Task.sleep(for: .milliseconds(2500))
                try await writer.write(Array("at last".utf8))
            }
        },
    ])

    @Test func `answers of 16 MiB that nobody reads give their memory back when their clients are cut`() async throws {
        let configuration = HTTPServer.Configuration.local {
            $0.answerDeadline = .seconds(1)
            $0.answerLimit = 128 << 20
        }
        try await withServer(DeadlineTests.long, configuration: configuration) { port, server in
            let before = try AllocatedMemory.bytes()
            let silent = try (0..<4).map { _ in try Silent(port: port) }
            try await eventually { try AllocatedMemory.bytes() > before + 48 << 20 }
            try await eventually { await server.connectionCount() == 0 }
            try await eventually { try AllocatedMemory.bytes() < before + 32 << 20 }
            withExtendedLifetime(silent) {}
        }
    }

    @Test(arguments: ["/long", "/stream"])
    func `a client that does not read its answer is cut`(path: String) async throws {
        try await withServer(DeadlineTests.long, configuration: .local { $0.answerDeadline = .seconds(1) }) {
            port,
            server in
            let client = try RawClient(port: port)
            client.limitReceiving(to: 4096)
            client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            try await eventually { await server.connectionCount() == 1 }
            try await eventually { await server.connectionCount() == 0 }
        }
    }

    @Test func `a client that does not read an answer which the system took as a whole is cut as well`() async throws {
        let handler = TestHandler(responders: [
            "/short": { _ in HTTPResponse(.ok, body: [UInt8](repeating: 65, count: 200_000)) }
        ])
        try await withServer(handler, configuration: .local { $0.answerDeadline = .seconds(1) }) { port, server in
            let client = try RawClient(port: port)
            client.limitReceiving(to: 4096)
            client.send("GET /short HTTP/1.1\r\nHost: x\r\n\r\n")
            try await eventually { await server.connectionCount() == 1 }
            try await eventually { await server.connectionCount() == 0 }
        }
    }

    @Test func `a client that reads a few bytes now and then is cut as well`() async throws {
        let flag = Flag()
        try await withServer(DeadlineTests.long, configuration: .local { $0.answerDeadline = .seconds(1) }) {
            port,
            server in
            async let reads: Int = blocking {
                let client = try RawClient(port: port)
                client.limitReceiving(to: 4096)
                client.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
                var count = 0
                while !flag.isUp.withLock({ $0 }) {
                    _ = client.take(100, within: 100) { count += $0 }
                    client.pause(milliseconds: 100)
                }
                return count
            }
            try await eventually { await server.connectionCount() == 1 }
            try await eventually { await server.connectionCount() == 0 }
            flag.isUp.withLock { $0 = true }
            #expect(try await reads > 0)
        }
    }

    @Test func `a client that reads slowly and steadily gets its whole answer`() async throws {
        let configuration = HTTPServer.Configuration.local {
            $0.answerDeadline = .seconds(1)
            $0.leastRate = 100_000
        }
        try await withServer(DeadlineTests.long, configuration: configuration) { port, _ in
            let count = try await blocking {
                let client = try RawClient(port: port)
                client.limitReceiving(to: 256 << 10)
                client.send("GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                var count = 0
                while true {
                    let taken = client.take(200_000, within: 5000) { count += $0 }
                    guard taken == .marked else { return count }
                    client.pause(milliseconds: 20)
                }
            }
            #expect(count > 16 << 20)
        }
    }

    @Test func `a stream that has nothing to say is not taken for a client that does not read`() async throws {
        try await withServer(DeadlineTests.long, configuration: .local { $0.answerDeadline = .seconds(1) }) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /quiet HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.receive(until: "at last")
            }
            #expect(received.end == .marked)
        }
    }

    @Test func `a client that asks for little, again and again, is not taken for one that does not read`() async throws
    {
        let configuration = HTTPServer.Configuration.local {
            $0.answerDeadline = .seconds(1)
            $0.leastRate = 1 << 20
        }
        try await withServer(configuration: configuration) { port, _ in
            let statuses = try await blocking {
                let client = try RawClient(port: port)
                return (0..<150).flatMap { _ in
                    client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
                    let received = client.receive(until: "GET /x")
                    // Shorter than the system waits before it says by itself that it has the answer.
                    client.pause(milliseconds: 20)
                    return received.statuses
                }
            }
            #expect(statuses == Array(repeating: 200, count: 150))
        }
    }

    @Test func `long answers that nobody reads make room for others`() async throws {
        let configuration = HTTPServer.Configuration.local { $0.answerLimit = 40 << 20 }
        try await withServer(DeadlineTests.long, loops: 1, configuration: configuration) { port, server in
            // Two of them fit.
            for count in 1...5 {
                let received = try await blocking {
                    let client = try RawClient(port: port)
                    client.send("GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    return client.receive(silence: 20_000)
                }
                #expect(received.statuses == [200], "\(count)")
                #expect(received.bytes.count > 16 << 20)
            }
            let silent = try (0..<2).map { _ in try Silent(port: port) }
            try await eventually { await server.connectionCount() == 2 }
            let answers = try await blocking {
                // At first there is no room; then who has been reading for a second goes.
                var statuses: [Int] = []
                while statuses.last != 200, statuses.count < 200 {
                    let client = try RawClient(port: port)
                    client.send("GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    statuses += client.receive(silence: 20_000).statuses.prefix(1)
                    client.pause(milliseconds: 20)
                }
                return statuses
            }
            #expect(answers.first == 503)
            #expect(answers.last == 200)
            withExtendedLifetime(silent) {}
        }
    }

    private final class Flag: Sendable {
        let isUp = Mutex(false)
    }

    /// A client that asks for a long answer and does not read it.
    private final class Silent: Sendable {
        private let client: RawClient

        init(port: Int) throws {
            client = try RawClient(port: port)
            client.limitReceiving(to: 4096)
            client.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        }
    }

    private static func drip(_ beginning: String, to client: borrowing RawClient) -> RawClient.Received {
        client.send(beginning)
        for _ in 0..<1000 {
            client.send("a")
            let received = client.receive(silence: 20)
            if received.end != .silent || !received.bytes.isEmpty { return received }
        }
        return client.receive(silence: 1)
    }
}
