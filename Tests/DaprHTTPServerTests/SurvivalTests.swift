import DaprHTTP
import DaprHTTPServer
import Foundation
import Synchronization
import TestTools
import Testing

/// What a server must live through; run with the thread and address sanitizers as well.
@Suite(.serialized)
struct SurvivalTests {
    private static let request = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"

    @Test func `1,000 connections, half of them dripping, and the others are served all the time`() async throws {
        raiseDescriptorLimit()
        try await withServer(configuration: .local { $0.headDeadline = .seconds(60) }) { port, _ in
            let answered = try await blocking {
                let drip = Array(SurvivalTests.request.utf8)
                let drippers = try Connections(count: 500, port: port)
                let quick = try Connections(count: 500, port: port)
                var answered = 0
                for round in 0..<drip.count {
                    for index in 0..<500 { drippers.send(index, [drip[round]]) }
                    guard round % 10 == 0 else { continue }
                    for index in 0..<500 { quick.send(index, drip) }
                    for index in 0..<500 where quick.receive(index, until: "hello").statuses == [200] { answered += 1 }
                }
                for index in 0..<500 where drippers.receive(index, until: "hello").statuses == [200] { answered += 1 }
                return answered
            }
            let rounds = (SurvivalTests.request.utf8.count + 9) / 10
            #expect(answered == 500 * rounds + 500)
        }
    }

    @Test func `clients that leave in the middle of anything leave nothing behind`() async throws {
        let handler = TestHandler(responders: [
            "/waits": { _ in
                try? await Task.sleep(for: .milliseconds(20))  // Cancelled when its client is seen to have left.
                return HTTPResponse(.ok, body: Array(repeating: 65, count: 100_000))
            },
            "/streams": { _ in
                HTTPResponse(.ok) { writer in
                    for _ in 0..<50 { try await writer.write(Array(repeating: 65, count: 10_000)) }
                }
            },
        ])
        let streams = [
            SurvivalTests.request, "GET /waits HTTP/1.1\r\nHost: x\r\n\r\n", "GET /streams HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /streamed HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n",
            "POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n\(String(repeating: "a", count: 900))",
            "\0\u{1}garbage\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        ]
        try await withServer(handler) { port, _ in
            try await blocking {
                var random = SystemRandomNumberGenerator()
                for _ in 0..<1500 {
                    let client = try RawClient(port: port)
                    let text = Array((streams.randomElement(using: &random) ?? "").utf8)
                    client.send(Array(text.prefix(Int.random(in: 0...text.count, using: &random))))
                    if Bool.random(using: &random) { _ = client.receive(until: "H", silence: 5) }
                    if Bool.random(using: &random) { client.reset() }
                }
            }
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send(SurvivalTests.request)
                return client.receive(until: "hello")
            }
            #expect(received.statuses == [200])
            try await eventually { connections(to: port) == 0 }
        }
    }

    @Test func `a drain under load loses no request that was taken`() async throws {
        let handler = TestHandler(responders: [
            "/x": { request in
                await Task.yield()
                return HTTPResponse(.ok, body: request.body)
            }
        ])
        try await withServer(handler) { port, server in
            let tally = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        try await blocking {
                            let client = try RawClient(port: port)
                            while client.send(SurvivalTests.request) {
                                let received = client.receive(until: "hello", silence: 10_000)
                                guard received.statuses == [200], received.end == .marked else {
                                    tally.lost.withLock { $0 += 1 }
                                    return
                                }
                                tally.answered.withLock { $0 += 1 }
                                if received.text.contains("Connection: close") { return }
                            }
                        }
                    }
                }
                try await eventually { tally.answered.withLock { $0 } > 1000 }
                await server.drain(within: .seconds(10))
                try await group.waitForAll()
            }
            #expect(tally.lost.withLock { $0 } == 0)
            #expect(tally.answered.withLock { $0 } > 1000)
        }
    }
}

private final class Tally: Sendable {
    let answered = Mutex(0)
    let lost = Mutex(0)
}

/// Many connections held at once.
private final class Connections {
    private let clients: [Box]

    private final class Box {
        let client: RawClient

        init(port: Int) throws { client = try RawClient(port: port) }
    }

    init(count: Int, port: Int) throws { clients = try (0..<count).map { _ in try Box(port: port) } }

    func send(_ index: Int, _ bytes: [UInt8]) { clients[index].client.send(bytes) }

    func receive(_ index: Int, until mark: String) -> RawClient.Received {
        clients[index].client.receive(until: mark, silence: 10_000)
    }
}

/// How many connections the system holds open on our side of a port, in whatever state but those it ends by itself.
private func connections(to port: Int) -> Int {
    let table = (try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)) ?? ""  // Linux has it always.
    let address = String(format: "0100007F:%04X", port)
    // Established, or one that its client has closed and we have not.
    return table.split(separator: "\n").count { line in
        let columns = line.split(separator: " ")
        return columns.count > 3 && columns[1] == address && (columns[3] == "01" || columns[3] == "08")
    }
}
