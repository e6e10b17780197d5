import DaprJSON
import DaprLibcurl
import Foundation
import TestTools
import Testing

/// Streams of changes from built servers that end, die and begin again.
struct StreamTests {
    /// What a client read of one stream.
    private struct Stretch {
        /// The ids of the changes, in order.
        var ids: [Int] = []
        /// Why the server ended it; `nil` when it did not say.
        var reason: String?

        init(_ text: String) {
            ids = text.matches(of: /id: (\d+)\nevent: change\n/).compactMap { Int($0.output.1) }
            reason = text.firstMatch(of: /event: end\ndata: .*"reason":"(\w+)"/).map { String($0.output.1) }
        }
    }

    /// Reads a stream until a mark was read, or the server ends it.
    private func stretch(
        _ installation: Installation,
        after last: Int,
        from index: Int,
        until mark: String,
        noting note: Gate? = nil
    ) async throws -> Stretch {
        let (port, token) = (installation.ports[index], installation.token)
        return try await blocking {
            let client = try RawClient(port: port)
            client.send(
                "GET /api/changes/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nLast-Event-ID: \(last)\r\n\r\n"
            )
            let hello = client.receive(until: "event: hello")
            #expect(hello.statuses == [200])
            note?.open()
            // What is already there may have come with it.
            let rest = hello.text.contains(mark) ? [] : client.receive(until: mark, silence: 30_000).bytes
            return Stretch(unchunked(hello.bytes + rest))
        }
    }

    @Test func `a reader sees the journal once and in order across servers that stop, die and begin again`()
        async throws
    {
        try await Installation.with(servers: 2) { installation in
            let sidecar = try await installation.startSidecar()
            var servers = [try await installation.startServer(0), try await installation.startServer(1)]
            for index in 0...1 { try await installation.waitUntilReady(index) }
            func create(_ count: Int, at index: Int) async throws {
                for _ in 0..<count {
                    let answer = try await installation.send("POST", "/api/tasks", body: #"{"title":"x"}"#, to: index)
                    #expect(answer.status == 201)
                }
            }
            var seen: [Int] = []

            // What is committed at either server comes.
            let open = (0..<3).map { _ in Gate() }
            async let first = stretch(installation, after: 0, from: 0, until: "id: 20\nevent: change", noting: open[0])
            await open[0].pass()
            try await create(10, at: 0)
            try await create(10, at: 1)
            seen += try await first.ids
            #expect(seen == Array(1...20))

            // SIGTERM: told, and at once.
            async let told = stretch(installation, after: 20, from: 0, until: "event: end\n", noting: open[1])
            await open[1].pass()
            try await create(3, at: 0)
            let begin = ContinuousClock.now
            servers[0].send(SIGTERM)
            let stopped = try await told
            #expect(stopped.reason == "draining")
            seen += stopped.ids
            try await servers[0].ends(within: .seconds(20))
            #expect(servers[0].exitCode == 0)
            // Not the 15 s of the drain time.
            #expect(ContinuousClock.now - begin < .seconds(10))

            // SIGKILL: not told.
            try await create(5, at: 1)
            let last = seen.last ?? 0
            async let cut = stretch(installation, after: last, from: 1, until: "never", noting: open[2])
            await open[2].pass()
            try await create(5, at: 1)
            try await Task.sleep(for: .milliseconds(300))
            try await servers[1].end(SIGKILL)
            let killed = try await cut
            #expect(killed.reason == nil)
            seen += killed.ids

            servers = [try await installation.startServer(0), try await installation.startServer(1)]
            for index in 0...1 { try await installation.waitUntilReady(index) }
            try await create(7, at: 1)
            seen += try await stretch(installation, after: seen.last ?? 0, from: 0, until: "id: 40\nevent: change").ids
            #expect(seen == Array(1...40))
            // Without a stream: an answer when there is one.
            async let waited = installation.send("GET", "/api/changes?since=40&wait=20", to: 0)
            try await Task.sleep(for: .milliseconds(200))
            try await create(1, at: 1)
            let page = try JSONValue(parsing: try await waited.body)
            #expect(page["next"] == 41)
            for server in servers { try await server.end(SIGTERM) }
            try await sidecar.end(SIGTERM)
        }
    }
}

/// The body of an answer without the frames of its chunks.
private func unchunked(_ bytes: [UInt8]) -> String {
    guard let head = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return "" }
    var rest = bytes[head.upperBound...]
    var body: [UInt8] = []
    while let line = rest.firstRange(of: Array("\r\n".utf8)) {
        guard let count = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), count > 0 else {
            break
        }
        let chunk = rest[line.upperBound...].prefix(count)
        body += chunk
        rest = rest[chunk.endIndex...].dropFirst(2)
    }
    return String(decoding: body, as: UTF8.self)
}
