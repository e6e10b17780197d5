import DaprEventLoop
import DaprJSON
import DaprLibcurl
import Foundation
import Glibc
import Synchronization
import TestSupport
import TestTools
import Testing

/// The development sidecar, killed again and again while 64 callers write: what it acknowledged is in the database, and nothing by half.
struct StoreCrashTests {
    @Test(arguments: [UInt64(20)])
    func `SQLite holds every acknowledged write and no half transaction after each of 20 kills`(
        seed: UInt64
    ) async throws {
        try await CrashingSidecar.with { sidecar in
            try sidecar.configure(
                type: "state.sqlite",
                version: "v1",
                ["connectionString": "\(sidecar.folder.path)/state.db"]
            )
            try await sidecar.run(rounds: 20, seed: seed)
        }
    }

    @Test(arguments: [UInt64(8)])
    func `PostgreSQL holds every acknowledged write and no half transaction after each of 8 kills`(
        seed: UInt64
    ) async throws {
        try await PrivatePostgres.with { server in
            try await CrashingSidecar.with { sidecar in
                try sidecar.configure(
                    type: "state.postgresql",
                    version: "v2",
                    ["connectionString": server.connectionString, "tablePrefix": "crash_"]
                )
                try await sidecar.run(rounds: 8, seed: seed)
            }
        }
    }
}

/// A sidecar with one state store, and 64 callers that write to it until it is killed.
private final class CrashingSidecar: Sendable {
    let folder: URL
    private let client: CurlClient
    private let port = freePorts(1)[0]
    private let callers = (0..<64).map { Caller(name: "caller-\($0)") }

    /// What one caller has tried and what of it was acknowledged.
    ///
    /// An even number is written to two keys in one transaction, an odd one gets a key of its own.
    private final class Caller: Sendable {
        let name: String
        let state = Mutex((next: 1, pair: 0, single: [Int]()))

        init(name: String) { self.name = name }
    }

    static func with(_ body: (CrashingSidecar) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crash-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("components"),
            withIntermediateDirectories: true
        )
        let loops = try EventLoopGroup(count: 1)
        let client = try CurlClient(on: loops)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(CrashingSidecar(folder: folder, client: client)))
        } catch {
            outcome = .failure(error)
        }
        await client.shutdown()
        loops.shutdown()
        if case .success = outcome { try FileManager.default.removeItem(at: folder) }
        try outcome.get()
    }

    private init(folder: URL, client: CurlClient) {
        self.folder = folder
        self.client = client
    }

    func configure(type: String, version: String, _ metadata: [String: String]) throws {
        let items = metadata.sorted { $0.key < $1.key }.map { "  - name: \($0)\n    value: \"\($1)\"\n" }.joined()
        let text = """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata:
              name: store
            spec:
              type: \(type)
              version: \(version)
              metadata:
            \(items)
            """
        try Data(text.utf8).write(to: folder.appendingPathComponent("components/store.yaml"))
    }

    /// Starts, loads, kills; and looks after each kill, by the next start, at what is there.
    func run(rounds: Int, seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<rounds {
            let program = try await start()
            try await check()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in callers { group.addTask { await self.write(as: caller) } }
                try await Task.sleep(for: .milliseconds(20 + Int(random.next() % 180)))
                try await program.end(SIGKILL)
                try await group.waitForAll()
            }
        }
        let program = try await start()
        try await check()
        for caller in callers {
            let (pair, single) = caller.state.withLock { ($0.pair, $0.single) }
            #expect(pair > 0 && !single.isEmpty, "\(caller.name) got nothing done")
        }
        try await program.end(SIGTERM)
        #expect(program.exitCode == 0)
    }

    private func start() async throws -> RunningProgram {
        let log = folder.appendingPathComponent("sidecar.log")
        let program = try await RunningProgram(
            "dev-sidecar",
            [
                "run", "--app-id", "crash", "--dapr-http-port", "\(port)", "--enable-metrics=false",
                "--resources-path", folder.appendingPathComponent("components").path,
            ],
            log: log
        )
        let deadline = ContinuousClock.now + .seconds(30)
        // A refused connection is what is waited out.
        while (try? await client.send(CurlRequest(url: url("healthz")))) == nil {
            let text = (try? program.output()) ?? ""
            try #require(program.isRunning && ContinuousClock.now < deadline, "the sidecar does not start: \(text)")
            try await Task.sleep(for: .milliseconds(10))
        }
        return program
    }

    /// Writes one number after another until there is no answer.
    private func write(as caller: Caller) async {
        while true {
            let number = caller.state.withLock { state in
                defer { state.next += 1 }
                return state.next
            }
            let isPair = number.isMultiple(of: 2)
            let body =
                isPair
                ? #"{"operations":[\#(upsert("\(caller.name)-a", number)),\#(upsert("\(caller.name)-b", number))]}"#
                : #"[{"key":"\#(caller.name)-\#(number)","value":\#(number)}]"#
            // A call that the kill broke off has no answer: then nothing is promised.
            guard let answer = try? await post("state/store" + (isPair ? "/transaction" : ""), body) else { return }
            #expect(answer.status == 204, "\(String(decoding: answer.body, as: UTF8.self))")
            caller.state.withLock { if isPair { $0.pair = number } else { $0.single.append(number) } }
        }
    }

    private func upsert(_ key: String, _ value: Int) -> String {
        #"{"operation":"upsert","request":{"key":"\#(key)","value":\#(value)}}"#
    }

    private func check() async throws {
        for caller in callers {
            let (next, pair, single) = caller.state.withLock { ($0.next, $0.pair, $0.single) }
            let found = try await values(
                ["\(caller.name)-a", "\(caller.name)-b"] + single.map { "\(caller.name)-\($0)" }
            )
            let (a, b) = (found["\(caller.name)-a"] ?? 0, found["\(caller.name)-b"] ?? 0)
            #expect(a == b, "\(caller.name): half a transaction")
            #expect(a >= pair && a < next, "\(caller.name): \(a) is there, \(pair) was acknowledged")
            for number in single { #expect(found["\(caller.name)-\(number)"] == number, "\(caller.name): \(number)") }
        }
    }

    private func values(_ keys: [String]) async throws -> [String: Int] {
        let list = keys.map { #""\#($0)""# }.joined(separator: ",")
        let answer = try await post("state/store/bulk", #"{"keys":[\#(list)]}"#)
        try #require(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
        let rows = try #require(try JSONValue(parsing: answer.body).arrayValue)
        return rows.reduce(into: [:]) { found, row in
            if let key = row["key"]?.stringValue, let value = row["data"]?.intValue { found[key] = value }
        }
    }

    private func post(_ path: String, _ body: String) async throws -> CurlResponse {
        var request = CurlRequest(method: "POST", url: url(path), headers: [("Content-Type", "application/json")])
        request.body = Array(body.utf8)
        return try await client.send(request)
    }

    private func url(_ path: String) -> String { "http://127.0.0.1:\(port)/v1.0/\(path)" }
}
