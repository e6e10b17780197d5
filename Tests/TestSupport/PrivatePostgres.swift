import DaprOperatingSystem
package import Foundation
package import Postgres
import Synchronization
package import Testing

/// A PostgreSQL server of a suite's own, on a socket in a folder of its own, with `fsync` on.
///
/// It ends with its suite, and with the test process however that ends.
package final class PrivatePostgres: Sendable {
    /// The folder with the socket.
    package let folder: URL
    private let process: Mutex<ChildProcess>

    /// The server that the running suite has asked for by ``Testing/Trait/privatePostgres``.
    @TaskLocal package static var running: PrivatePostgres?

    /// The server that the running suite has asked for.
    package static var current: PrivatePostgres {
        get throws { try #require(running, "the suite lacks the trait .privatePostgres") }
    }

    /// Starts a server and lends it once it takes connections.
    package static func with<T>(_ body: (PrivatePostgres) async throws -> T) async throws -> T {
        let folder = URL(fileURLWithPath: "/tmp/postgres-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let server = PrivatePostgres(folder: folder, process: try await launch(folder))
        let outcome: Result<T, any Error>
        do {
            try await server.waitUntilReady()
            outcome = .success(try await body(server))
        } catch {
            outcome = .failure(error)
        }
        await server.stop()
        // What is left of a folder for such does no harm.
        try? FileManager.default.removeItem(at: folder)
        return try outcome.get()
    }

    private init(folder: URL, process: ChildProcess) {
        self.folder = folder
        self.process = Mutex(process)
    }

    /// The connection string in the form of keywords.
    package var connectionString: String { "host=\(folder.path) user=sidecar dbname=postgres" }

    /// A new connection.
    package func connect() throws -> PostgresConnection {
        try PostgresConnection(to: PostgresTarget(connectionString), timeout: .seconds(10))
    }

    /// Ends the server; by SIGQUIT it does not even write down what it has in memory.
    package func stop(_ signal: Int32 = SIGINT) async {
        let process = process.withLock { $0 }
        process.send(signal)
        _ = await process.end()
    }

    /// Starts the server again after ``stop(_:)``.
    package func start() async throws {
        let next = try await Self.launch(folder)
        process.withLock { $0 = next }
        try await waitUntilReady()
    }

    private static func launch(_ folder: URL) async throws -> ChildProcess {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "scripts/private-postgres")
        return try await ChildProcess.start(
            [
                "/bin/sh", "-c", #"log=$1; shift; exec "$@" < /dev/null >> "$log" 2>&1"#, "sh",
                folder.appendingPathComponent("server.log").path, script.path, folder.path,
            ],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"]
        )
    }

    private func waitUntilReady() async throws {
        let process = process.withLock { $0 }
        let watch = Ending(process)
        let deadline = ContinuousClock.now + .seconds(60)
        // A refusal is what is waited out.
        while (try? connect()) == nil {
            guard ContinuousClock.now < deadline, !watch.hasEnded else {
                // Without a log there is nothing to tell.
                let log = try? String(contentsOf: folder.appendingPathComponent("server.log"), encoding: .utf8)
                throw NotStarted(log: log ?? "")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Whether a process has ended.
    private final class Ending: Sendable {
        private let flag = Mutex(false)

        var hasEnded: Bool { flag.withLock { $0 } }

        init(_ process: ChildProcess) {
            // It ends with the process.
            Task { [self] in
                _ = await process.end()
                flag.withLock { $0 = true }
            }
        }
    }

    /// Why there is no server.
    struct NotStarted: Error, CustomStringConvertible {
        let log: String

        var description: String {
            "this test needs PostgreSQL 15 and cannot start it (apt-get install postgresql-15): \(log)"
        }
    }
}

/// Runs a suite with a server of its own.
package struct PrivatePostgresTrait: SuiteTrait, TestScoping {
    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await PrivatePostgres.with { server in
            try await PrivatePostgres.$running.withValue(server) { try await function() }
        }
    }
}

extension Trait where Self == PrivatePostgresTrait {
    /// Runs a suite with a PostgreSQL server of its own.
    package static var privatePostgres: Self { Self() }
}
