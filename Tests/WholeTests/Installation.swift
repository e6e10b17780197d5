import DaprEventLoop
import DaprJSON
import DaprLibcurl
import Foundation
import Testing

/// A sidecar and task servers beside it in a folder of their own, as a person would run them; the store is SQLite on disk unless PostgreSQL
/// is asked for.
final class Installation: Sendable {
    let folder: URL
    let sidecarPort: Int
    let ports: [Int]
    private let client: CurlClient
    private let loops: EventLoopGroup
    let token: String

    /// Lends an installation with nothing running yet, and removes it afterwards.
    static func with<T>(
        servers count: Int = 1,
        postgres connectionString: String? = nil,
        signing environment: [String: String] = [:],
        _ body: (Installation) async throws -> T
    ) async throws -> T {
        let installation = try await Installation(servers: count, postgres: connectionString, signing: environment)
        let outcome: Result<T, any Error>
        do { outcome = .success(try await body(installation)) } catch { outcome = .failure(error) }
        await installation.client.shutdown()
        installation.loops.shutdown()
        if case .success = outcome { try FileManager.default.removeItem(at: installation.folder) }
        return try outcome.get()
    }

    private init(
        servers count: Int,
        postgres connectionString: String?,
        signing environment: [String: String]
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tasks-\(UUID().uuidString)")
        let components = folder.appendingPathComponent("components")
        for made in [components, folder.appendingPathComponent("store")] {
            try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
        }
        let free = freePorts(count + 1)
        sidecarPort = free[0]
        ports = Array(free.dropFirst())
        let secrets = folder.appendingPathComponent("secrets.json")
        let keys = ["jwt-secret", "server-secret"].map { #""\#($0)":"the-\#($0)-of-this-test-with-32-bytes""# }
        try Data("{\(keys.joined(separator: ","))}".utf8).write(to: secrets)
        // In a folder of its own, with its log, so that it can be copied.
        let database = connectionString ?? "\(folder.path)/store/tasks.db"
        for (name, type, version, metadata) in [
            (
                "statestore", connectionString == nil ? "state.sqlite" : "state.postgresql",
                connectionString == nil ? "v1" : "v2", "\n  - name: connectionString\n    value: \(database)"
            ),
            ("pubsub", "pubsub.in-memory", "v1", " []"),
            ("local-secrets", "secretstores.local.file", "v1", "\n  - name: secretsFile\n    value: \(secrets.path)"),
        ] {
            let text = """
                apiVersion: dapr.io/v1alpha1
                kind: Component
                metadata:
                  name: \(name)
                spec:
                  type: \(type)
                  version: \(version)
                  metadata:\(metadata)

                """
            try Data(text.utf8).write(to: components.appendingPathComponent("\(name).yaml"))
        }
        loops = try EventLoopGroup(count: 1)
        client = try CurlClient(on: loops)
        let log = folder.appendingPathComponent("token")
        let tool = try await RunningProgram(
            "task-server",
            ["token", "--user", "demo", "--secrets-file", secrets.path, "--lifetime", "2400h"],
            environment: environment,
            log: log
        )
        try await tool.ends(within: .seconds(20))
        token = try tool.output().trimmingCharacters(in: .whitespacesAndNewlines)
        try #require(tool.exitCode == 0, "task-server token: \(token)")
    }

    var sidecarLog: URL { folder.appendingPathComponent("sidecar.log") }

    /// Starts the sidecar alone, beside the first server's port or another application's, with a fault plan when one is given.
    func startSidecar(
        app port: Int? = nil,
        faults: String? = nil,
        environment: [String: String] = [:],
        metricsPort: Int? = nil,
        arguments more: [String] = []
    ) async throws -> RunningProgram {
        var arguments =
            [
                "run", "--app-id", "task-server", "--app-port", "\(port ?? ports[0])", "--dapr-http-port",
                "\(sidecarPort)",
                metricsPort.map { "--metrics-port=\($0)" } ?? "--enable-metrics=false",
                "--resources-path", folder.appendingPathComponent("components").path,
            ] + more
        if let faults {
            let file = folder.appendingPathComponent("faults.txt")
            try Data(faults.utf8).write(to: file)
            arguments += ["--faults", file.path]
        }
        return try await RunningProgram("dev-sidecar", arguments, environment: environment, log: sidecarLog)
    }

    /// Runs `task-server` with other arguments to its end.
    /// - Returns: its exit code, and what it wrote to standard output and standard error.
    func tool(_ arguments: [String]) async throws -> (code: Int32?, text: String) {
        let tool = try await RunningProgram(
            "task-server",
            arguments,
            environment: ["DAPR_HTTP_PORT": "\(sidecarPort)"],
            log: folder.appendingPathComponent("tool-\(UUID().uuidString)")
        )
        try await tool.ends(within: .seconds(60))
        return (tool.exitCode, try tool.output())
    }

    func startServer(
        _ index: Int = 0,
        _ arguments: [String] = [],
        environment: [String: String] = [:]
    ) async throws -> RunningProgram {
        try await RunningProgram(
            "task-server",
            ["serve", "--app-port", "\(ports[index])", "--loops", "1"] + arguments,
            // One user writes as much here as many do elsewhere, and a busy machine may stop a program for seconds.
            environment: [
                "TASKS_WRITES_PER_USER": "0", "TASKS_EXPENSIVE_READS_PER_USER": "0", "TASKS_LONGEST_WAIT": "60s",
                "DAPR_HTTP_PORT": "\(sidecarPort)",
            ].merging(environment) { $1 },
            log: folder.appendingPathComponent("server-\(index).log")
        )
    }

    /// Waits until the server says that it is ready, and lists tasks.
    ///
    /// Both, since what it says of its sidecar may be a second old.
    func waitUntilReady(_ index: Int = 0) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while true {
            if let ready = try? await send("GET", "/ready", to: index).status, ready == 200,
                let listed = try? await send("GET", "/api/tasks", to: index).status, listed == 200
            {
                return
            }
            try #require(ContinuousClock.now < end, "server \(index) is not ready; its log is in \(folder.path)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Calls a server.
    ///
    /// - Throws: `CurlError` when there is no answer.
    func send(_ method: String, _ path: String, body: String? = nil, to index: Int = 0) async throws -> CurlResponse {
        try await call(method, "http://127.0.0.1:\(ports[index])\(path)", body: body)
    }

    /// A document of the state store, straight from the sidecar; `nil` when it is missing.
    func state(_ key: String) async throws -> JSONValue? {
        let response = try await call("GET", "http://127.0.0.1:\(sidecarPort)/v1.0/state/statestore/\(key)", body: nil)
        if response.status == 204 { return nil }
        try #require(response.status == 200, "\(key): \(response.status)")
        return try JSONValue(parsing: response.body)
    }

    /// Calls whatever has an address.
    func call(
        _ method: String,
        _ url: String,
        body: String?,
        type: String = "application/json",
        headers: [(name: String, value: String)] = []
    ) async throws -> CurlResponse {
        var request = CurlRequest(method: method, url: url, headers: [("Authorization", "Bearer \(token)")] + headers)
        if let body {
            request.body = Array(body.utf8)
            request.headers.append(("Content-Type", type))
        }
        return try await client.send(request)
    }

    /// The titles of all tasks, by paging through the list.
    func titles(from index: Int = 0) async throws -> [String] {
        var titles: [String] = []
        var cursor: String?
        repeat {
            let query = cursor.map { "&cursor=\($0)" } ?? ""
            let response = try await send("GET", "/api/tasks?limit=200\(query)", to: index)
            let text = String(decoding: response.body, as: UTF8.self)
            try #require(response.status == 200, "\(text)")
            let page = try JSONValue(parsing: response.body)
            let items = try #require(page["items"]?.arrayValue, "\(text.prefix(200))")
            titles += items.compactMap { $0["title"]?.stringValue }
            cursor = page["next_cursor"]?.stringValue
        } while cursor != nil
        return titles
    }

    /// The journal of the demo user as it stands in the store: the sequence of each commit with how many changes it has.
    func journal() async throws -> [(sequence: Int, changes: Int)] {
        var commits: [(sequence: Int, changes: Int)] = []
        var next = 1
        while let record = try await state("log:demo:\(next)") {
            let count = try #require(record["changes"]?.arrayValue?.count)
            #expect(record["sequence"]?.intValue == next)
            commits.append((next, count))
            next += count
        }
        return commits
    }
}

/// How often each title is there.
func counted(_ titles: [String]) -> [String: Int] {
    titles.reduce(into: [:]) { $0[$1, default: 0] += 1 }
}
