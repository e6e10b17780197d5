import DaprEventLoop
import DaprLibcurl
import Foundation
import Tokens

extension Benchmark {
    /// What open streams of changes cost the server: silent ones of many users, and busy ones of one.
    static let streams = Benchmark(
        title: "task-server with 1,000 silent streams of as many users, and with 100 of one who writes, beside none",
        goals: ["streams-idle", "streams-memory", "streams-busy"]
    ) {
        try await withWholeService { port, service in
            // The book, the connection and the code are there then.
            _ = try await creates(200, port, service)
            let rest = try await idle(service)
            let memory = service.residentKibibytes()
            let users = (0..<1000).map { "user-\($0)" }
            let silent = StreamReaders()
            // A few at a time, since what many requests at once take is not what streams hold.
            for first in stride(from: 0, to: users.count, by: 20) {
                try silent.open(port: port, users: users[first..<(first + 20)])
                try await silent.wait(for: "event: hello", times: 20)
            }
            // What beginning them took is over.
            try await Task.sleep(for: .seconds(1))
            let held = try await idle(service)
            let each = (service.residentKibibytes() - memory) / Double(users.count)
            silent.close()
            try await Task.sleep(for: .seconds(2))

            let alone = try await creates(500, port, service)
            let readers = StreamReaders()
            try readers.open(port: port, users: Array(repeating: "demo", count: 100)[...])
            try await readers.wait(for: "event: hello", times: 100)
            let followed = try await creates(500, port, service)
            try await readers.wait(for: "event: change", times: 500 * 100)
            readers.close()
            let event = (followed - alone) / 100

            say("CPU of a second: \(hundredths(rest)) ms at rest, \(hundredths(held)) ms with 1,000 silent streams")
            say("a silent stream with its connection: \(hundredths(each)) KiB")
            say("a create: \(hundredths(alone)) us; with 100 streams of its user \(hundredths(followed)) us")
            return [
                Outcome(name: "streams-idle", value: held - rest, relation: .atMost, bound: 20),
                Outcome(name: "streams-memory", value: each, relation: .atMost, bound: 48),
                Outcome(name: "streams-busy", value: event, relation: .atMost, bound: 60),
            ]
        }
    }

    private static let secret = "benchmark-secret-of-at-least-32-bytes"

    static func token(_ user: String) throws -> String {
        try TokenSigner(hs256Secret: Array(secret.utf8)).sign(
            subject: user,
            issuer: "task-server",
            audience: "task-server",
            issuedAt: Int(Date().timeIntervalSince1970),
            lifetime: .seconds(3600)
        )
    }

    /// Lends the service on a core of its own, beside dev-sidecar with all in its memory.
    private static func withWholeService<T>(_ body: (Int, Program) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // A folder left among such does no harm.
        let secrets = folder.appendingPathComponent("secrets.json")
        try Data(#"{"jwt-secret":"\#(secret)","server-secret":"\#(secret)"}"#.utf8).write(to: secrets)
        let kind = "apiVersion: dapr.io/v1alpha1, kind: Component"
        let components = """
            {\(kind), metadata: {name: statestore}, spec: {type: state.in-memory, version: v1}}
            ---
            {\(kind), metadata: {name: pubsub}, spec: {type: pubsub.in-memory, version: v1}}
            ---
            {\(kind), metadata: {name: local-secrets}, spec: {type: secretstores.local.file, version: v1, metadata: [{name: secretsFile, value: \(secrets.path)}]}}
            """
        try Data(components.utf8).write(to: folder.appendingPathComponent("components.yaml"))
        let (sidecar, app) = (freePort(), freePort())
        let arguments = [
            "run", "--app-id", "task-server", "--app-port", "\(app)", "--dapr-http-port", "\(sidecar)",
            "--resources-path", folder.path, "--log-level", "error", "--enable-metrics=false",
        ]
        return try await Program.running("dev-sidecar", arguments, on: .rest, port: sidecar) { _ in
            try await Program.running(
                "task-server",
                [
                    "serve", "--app-port", "\(app)", "--loops", "1", "--log-level", "warning", "--writes-per-user", "0",
                    "--expensive-reads-per-user", "0", "--streams-per-user", "200",
                ],
                on: .measured,
                port: app,
                environment: ["DAPR_HTTP_PORT": "\(sidecar)", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=127"]
            ) { try await body(app, $0) }
        }
    }

    /// The CPU milliseconds of a second in which nobody asks for anything.
    private static func idle(_ service: Program) async throws -> Double {
        var rounds: [Double] = []
        for _ in 0..<4 {
            let (before, begin) = (service.cpuMicroseconds(), ContinuousClock.now)
            try await Task.sleep(for: .seconds(2))
            let seconds = begin.duration(to: .now) / .seconds(1)
            rounds.append((service.cpuMicroseconds() - before) / 1000 / seconds)
        }
        return lowerQuartile(rounds)
    }

    /// The CPU microseconds of a create, of so many that one client makes one after another.
    private static func creates(_ count: Int, _ port: Int, _ service: Program) async throws -> Double {
        let loops = try EventLoopGroup(count: 1)
        let client = try CurlClient(on: loops)
        var request = CurlRequest(
            method: "POST",
            url: "http://127.0.0.1:\(port)/api/tasks",
            headers: [("Authorization", "Bearer \(try token("demo"))"), ("Content-Type", "application/json")]
        )
        request.body = Array(#"{"title":"Buy milk","description":"Two litres","tags":["home"]}"#.utf8)
        let before = service.cpuMicroseconds()
        for _ in 0..<count {
            let response = try await client.send(request)
            guard response.status == 201 else { throw BenchmarkError.unreadable("status \(response.status)") }
        }
        // The last events are published and read, too.
        try await Task.sleep(for: .milliseconds(300))
        let used = service.cpuMicroseconds() - before
        await client.shutdown()
        loops.shutdown()
        return used / Double(count)
    }
}
