import DaprHTTP
import DaprJSON
import DaprLog
import Foundation
import Settings
import Testing
import WebFront

@testable import task_server

/// `task-server routes`, `config` and `--help`, by the built program.
struct SettingsCommandTests {
    private func run(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> (code: Int32?, text: String) {
        let log = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: log) }  // A file left in the folder for such does no harm.
        let program = try await RunningProgram("task-server", arguments, environment: environment, log: log)
        try await program.ends(within: .seconds(20))
        return (program.exitCode, try program.output())
    }

    @Test func `routes lists every endpoint of the doors with its ports and what it asks for, without a sidecar`()
        async throws
    {
        let (code, text) = try await run(["routes", "--json"])
        #expect(code == 0, "\(text)")
        let listed = try #require(try JSONValue(parsing: Array(text.utf8))["routes"]?.arrayValue)
        guard
            case .run(.serve, let values) = try ServerSettings.table.parse(
                arguments: ["serve"],
                environment: [:],
                readFile: { _ in nil }
            )
        else {
            Issue.record("no values")
            return
        }
        let assembly = try buildServer(configuration: try ServerConfiguration(values), logger: .silent)
        let service = try assembly.described()
        await assembly.shutDown()
        func names(_ port: String) -> [String] {
            listed.filter { $0["ports"]?.arrayValue?.contains(.string(port)) == true }
                .map { "\($0["method"]?.stringValue ?? "") \($0["path"]?.stringValue ?? "")" }
        }
        for (port, door) in [("app", service.app), ("public", service.clients), ("metrics", service.metrics)] {
            #expect(names(port).sorted() == door.endpoints.map { "\($0.method) \($0.path)" }.sorted(), "\(port)")
        }
        let proofs = Dictionary(grouping: listed) { $0["proof"]?.stringValue ?? "" }
        #expect(Set(proofs.keys) == ["none", "bearer token", "dapr-api-token"])
        #expect(proofs["dapr-api-token"]?.allSatisfy { $0["ports"] == ["app"] } == true)
    }

    @Test func `routes is a table for people, with the ports below`() async throws {
        let (code, text) = try await run(["routes", "--app-port", "9001", "--public-port", "9002"])
        #expect(code == 0, "\(text)")
        #expect(text.contains(/^METHOD +PATH +PORTS +PROOF +SUMMARY\n/))
        #expect(
            text.contains(/\nPATCH +\/api\/tasks\/\{id\} +app,public +bearer token +Change some fields of a task\n/)
        )
        #expect(text.contains("app: 127.0.0.1 port 9001\npublic: 0.0.0.0 port 9002\nmetrics: not open; --metrics-port"))
    }

    @Test func `config shows what is in force and whence, and no secret`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString).json")
        try Data(#"{"state-store":"from-a-file","dapr-api-token":"planted-in-the-file"}"#.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // A file left in the folder for such does no harm.
        let arguments = ["config", "--topic", "by-flag", "--config-file", file.path]
        let environment = ["APP_API_TOKEN": "planted-in-the-environment", "TASKS_PUBSUB": "by-variable"]
        let (code, text) = try await run(arguments + ["--json"], environment: environment)
        #expect(code == 0, "\(text)")
        let settings = try #require(try JSONValue(parsing: Array(text.utf8))["settings"]?.arrayValue)
        func setting(_ name: String) -> JSONValue? { settings.first { $0["name"] == .string(name) } }
        for (name, value, from) in [
            ("topic", "by-flag", "flag"), ("pubsub", "by-variable", "environment TASKS_PUBSUB"),
            ("state-store", "from-a-file", "file \(file.path)"), ("app-port", "8080", "default"),
            ("app-api-token", "***", "environment APP_API_TOKEN"), ("dapr-api-token", "***", "file \(file.path)"),
            ("public-port", "none", "default"), ("drain-time", "15s", "default"),
        ] {
            #expect(setting(name) == ["from": .string(from), "name": .string(name), "value": .string(value)])
        }
        let table = try await run(arguments, environment: environment).text
        #expect(table.contains(/^SETTING +VALUE +FROM\n/))
        #expect(table.contains(/\ntopic +by-flag +flag\n/))
        for output in [text, table] { #expect(!output.contains("planted")) }
        // Each of them, and what help knows.
        let help = try await run(["serve", "--help", "all"]).text
        let known = help.matches(of: #/\n  (?:-\w, )?--([a-z-]+)[^\n]*\n {6}/#).map { String($0.1) }
        let shown = settings.compactMap { $0["name"]?.stringValue }
        #expect(Set(known).subtracting(["help", "version"]) == Set(shown))
    }

    @Test func `config tells all that is wrong at once, and ends with 2`() async throws {
        let alone = try await run(
            ["config", "--app-port", "0", "--nonsense"],
            environment: ["TASKS_LOOPS": "none", "TASKS_CORS_ORIGINS": "https://ann:planted@x"]
        )
        #expect(alone.code == 2)
        for part in ["--app-port", "--nonsense", "TASKS_LOOPS"] { #expect(alone.text.contains(part), "\(alone.text)") }
        let together = try await run([
            "config", "--app-host", "0.0.0.0", "--command-deadline", "40s", "--cors-origin", "nowhere",
            "--trusted-proxies", "somewhere", "--dapr-http-endpoint", "http://ann:planted@127.0.0.1:3500",
        ])
        #expect(together.code == 2)
        for part in ["SETTING", "0.0.0.0", "--command-deadline must", "nowhere", "somewhere", "DAPR_HTTP_ENDPOINT"] {
            #expect(together.text.contains(part), "\(part): \(together.text)")
        }
        for text in [alone.text, together.text] { #expect(!text.contains("planted"), "\(text)") }
        let tracing = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"]
        for command in ["serve", "routes", "config"] {
            let told = try await run(
                [command, "--app-host", "0.0.0.0", "--command-deadline", "40s"],
                environment: tracing
            )
            #expect(told.code == 2, "\(command)")
            for part in ["APP_API_TOKEN", "--command-deadline", "OTEL_EXPORTER_OTLP_PROTOCOL"] {
                #expect(told.text.contains(part), "\(command): \(told.text)")
            }
        }
    }

    @Test func `help begins with what people need, and all of it has the rest`() async throws {
        let (code, first) = try await run(["serve", "--help"])
        #expect(code == 0)
        #expect(first.contains("  --public-port") && !first.contains("  --relay-lease"))
        let all = try await run(["serve", "--help", "all"]).text
        #expect(all.contains("  --public-port") && all.contains("  --relay-lease"))
        #expect(try await run(["help", "serve", "all"]).text == all)
        let hidden = all.matches(of: /\n  --/).count - first.matches(of: /\n  --/).count
        #expect(first.contains("with all, the \(hidden) other settings too"), "\(hidden)")
    }
}
