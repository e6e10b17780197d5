import Foundation
import TestTools
import Testing

/// The built program beside clients that ask for too much, in every way that needs no authority.
@Suite(.serialized) struct LimitsTests {
    private static let store = [
        "store.yaml": component("store", "state.in-memory"), "bus.yaml": component("bus", "pubsub.in-memory"),
    ]

    private static func component(_ name: String, _ type: String) -> String {
        "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: \(name)}\nspec: {type: \(type), version: v1}\n"
    }

    struct BodyLimit: Sendable, CustomTestStringConvertible {
        var flags: [String]
        var bytes: Int
        var testDescription: String { flags.joined(separator: " ") }
    }

    @Test(arguments: [
        BodyLimit(flags: [], bytes: 4 << 20), BodyLimit(flags: ["--max-body-size", "64Ki"], bytes: 64 << 10),
        BodyLimit(flags: ["--dapr-http-max-request-size", "1"], bytes: 1 << 20),
        BodyLimit(flags: ["--dapr-http-max-request-size", "1", "--max-body-size", "8Ki"], bytes: 8 << 10),
    ])
    func `a body may have so many bytes and no more`(limit: BodyLimit) async throws {
        let program = try SidecarProgram(limit.flags, resources: Self.store)
        let port = try await program.port()
        func status(_ path: String, _ count: Int) async throws -> [Int] {
            try await blocking {
                let client = try RawClient(port: port)
                let head =
                    "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(count)\r\n\r\n"
                // Text of JSON, filled up with spaces; a refusal may come before all of it is sent.
                client.send(
                    Array((head + #"[{"key":"k","value":1}]"#).utf8) + Array(repeating: 0x20, count: count - 23)
                )
                return client.receive(until: "\r\n\r\n", silence: 20_000).statuses
            }
        }
        #expect(try await status("/v1.0/state/store", limit.bytes) == [204])
        #expect(try await status("/v1.0/publish/bus/t", limit.bytes) == [204])
        #expect(try await status("/v1.0/state/store", limit.bytes + 1) == [400])
        #expect(try await status("/v1.0/publish/bus/t", limit.bytes + 1) == [500])
    }

    @Test(
        arguments: [
            ([], 7_900, 9_000), (["--read-buffer-size", "16Ki"], 19_000, 21_000),
            (["--dapr-http-read-buffer-size", "16"], 19_000, 21_000),
        ] as [([String], Int, Int)]
    )
    func `a head may be so long and no longer, in its target too`(
        flags: [String],
        fitting: Int,
        tooLong: Int
    ) async throws {
        let program = try SidecarProgram(flags, resources: Self.store)
        let port = try await program.port()
        func status(field: Int, target: Int) async throws -> [Int] {
            try await blocking {
                let client = try RawClient(port: port)
                let query = String(repeating: "q", count: target)
                let value = String(repeating: "v", count: field)
                client.send(
                    "GET /v1.0/healthz/outbound?\(query) HTTP/1.1\r\nHost: localhost\r\nX-Long: \(value)\r\n\r\n"
                )
                return client.receive(until: "\r\n\r\n", silence: 20_000).statuses
            }
        }
        #expect(try await status(field: fitting, target: 0) == [204])
        #expect(try await status(field: tooLong, target: 0) == [431])
        #expect(try await status(field: 0, target: fitting) == [204])
        let refused = try await status(field: 0, target: tooLong)
        #expect(refused == [431] || refused == [414])
    }

    @Test func `a thousand bad clients at a time cost no memory that stays, and others are served`() async throws {
        // Below what the clients hold open: the program raises its own limit as Go's runtime does.
        let program = try SidecarProgram(resources: Self.store, descriptors: "-Sn 512")
        let port = try await program.port()
        #expect(try await Self.isServed(port))
        let openBefore = program.openFiles
        var sizes: [Int] = []
        for round in 0..<6 {
            var crowd: Crowd? = try await blocking { try Crowd(port: port, seed: UInt64(round)) }
            #expect(try await Self.isServed(port), "round \(round)")
            sizes.append(program.residentKilobytes)
            crowd?.resetHalf()
            crowd = nil
            try await eventually("connections stay open: \(program.openFiles)") { program.openFiles <= openBefore + 2 }
        }
        #expect(program.process.isRunning)
        let (early, late) = (sizes[1], sizes[5])
        #expect(late < early + 8_192, "resident kilobytes by round: \(sizes)")
        program.signal(SIGTERM)
        #expect(try await program.end() == 0)
    }

    @Test func `where the system allows no more connections, those beyond wait, and the sidecar lives on`() async throws
    {
        let program = try SidecarProgram(resources: Self.store, descriptors: "-n 128")
        let port = try await program.port()
        var crowd: Crowd? = try await blocking { try Crowd(port: port, seed: 1) }
        try await eventually("only \(program.openFiles) of 128 are open") { program.openFiles > 120 }
        let before = program.processorTime
        try await Task.sleep(for: .seconds(1))
        #expect(program.processorTime - before < .milliseconds(500), "it computes while nobody asks for anything")
        crowd?.resetHalf()
        crowd = nil
        #expect(try await Self.isServed(port))
    }

    @Test func `values by the thousand and their removal leave the memory as it was`() async throws {
        let program = try SidecarProgram(resources: Self.store)
        let port = try await program.port()
        var sizes: [Int] = []
        for _ in 0..<4 {
            try await blocking {
                let client = try RawClient(port: port)
                for number in 0..<300 {
                    let value = String(repeating: "v", count: 20_000)
                    let write = #"[{"key":"k\#(number)","value":"\#(value)"}]"#
                    let publish = #"{"value":"\#(value)"}"#
                    for (path, body) in [("state/store", write), ("publish/bus/nobody\(number)", publish)] {
                        client.send(
                            "POST /v1.0/\(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                        )
                        guard client.receive(until: "\r\n\r\n", silence: 20_000).statuses == [204] else {
                            throw NotServed()
                        }
                    }
                }
                for number in 0..<300 {
                    client.send("DELETE /v1.0/state/store/k\(number) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    guard client.receive(until: "\r\n\r\n", silence: 20_000).statuses == [204] else {
                        throw NotServed()
                    }
                }
            }
            sizes.append(program.residentKilobytes)
        }
        #expect(sizes[3] < sizes[1] + 8_192, "resident kilobytes by round: \(sizes)")
    }

    private struct NotServed: Error {}

    /// Whether a well-behaved client has its answer, soon.
    private static func isServed(_ port: Int) async throws -> Bool {
        try await blocking {
            let client = try RawClient(port: port)
            client.send("GET /v1.0/healthz/outbound HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return client.receive(until: "\r\n\r\n", silence: 10_000).statuses == [204]
        }
    }
}

/// Connections that never come to a whole request.
private final class Crowd: Sendable {
    private let members: [Member]

    private final class Member: Sendable {
        let client: RawClient
        init(port: Int) throws { client = try RawClient(port: port) }
    }

    init(port: Int, seed: UInt64) throws {
        var numbers = SeededRandom(seed: seed)
        raiseDescriptorLimit()
        members = try (0..<1_000).map { _ in try Member(port: port) }
        for member in members {
            let unfinished = [
                // Half-open, half a head, a head that grows, a body that was announced and does not come, chunks without an end.
                "", "GET /v1.0/sta",
                "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: \(String(repeating: "v", count: numbers.below(8_000)))",
                "POST /v1.0/state/store HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4194304\r\n\r\n\(String(repeating: " ", count: 10_000))",
                "POST /v1.0/publish/bus/t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\n",
                "GET /\(String(repeating: "u", count: 20_000)) HTTP/1.1\r\n", "\u{0}\u{1}\u{7f}\r\n\r\n",
            ]
            member.client.send(numbers.pick(unfinished))
        }
    }

    /// Has half of them end with a reset.
    func resetHalf() {
        for (number, member) in members.enumerated() where number % 2 == 0 { member.client.reset() }
    }
}
