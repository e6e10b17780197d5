import DaprLibcurl
import Foundation
import Glibc
import Testing

/// What nobody may read in what the programs write, whatever happens: keys and tokens, and what users wrote.
struct SecretTests {
    private static let daprToken = "planted-dapr-api-token"
    private static let appToken = "planted-app-api-token"
    private static let password = "planted-password"
    /// The keys that ``Installation`` makes.
    private static let signingSecrets = ["jwt-secret", "server-secret"].map { "the-\($0)-of-this-test-with-32-bytes" }
    private static let written = [
        "planted-title", "planted-description", "planted-tag", "planted-key", "planted-search",
    ]
    private static let sent = ["planted.foreign.jwt", "cGxhbnRlZDpiYXNpYw", "planted-cookie"]

    @Test func `what is secret and what users wrote stands in no log, no metric, no settings and no last words`()
        async throws
    {
        try await Installation.with { installation in
            let environment = [
                "DAPR_API_TOKEN": Self.daprToken, "APP_API_TOKEN": Self.appToken,
                // Names of functions tell nothing secret, and finding them takes minutes.
                "SWIFT_BACKTRACE": "symbolicate=off",
            ]
            let free = freePorts(2)
            let sidecar = try await installation.startSidecar(
                environment: environment,
                metricsPort: free[1],
                arguments: ["--log-level", "debug"]
            )
            let server = try await installation.startServer(
                0,
                ["--log-level", "debug", "--metrics-port", "\(free[0])", "--metrics-host", "127.0.0.1"],
                environment: environment
            )
            try await installation.waitUntilReady()
            try await Self.use(installation)
            var texts: [(what: String, text: String)] = []
            for (what, port) in [("the server's metrics", free[0]), ("the sidecar's metrics", free[1])] {
                let answer = try await installation.call("GET", "http://127.0.0.1:\(port)/metrics", body: nil)
                texts.append((what, String(decoding: answer.body, as: UTF8.self)))
                #expect(answer.status == 200 && answer.body.count > 1000)
            }
            texts += try await Self.complaints(installation, environment)
            // As a fault of its own would end it; what Swift finds on the stacks within 20 s is enough.
            try await server.end(SIGABRT)
            try await sidecar.end(SIGABRT)
            texts.append(("the server's log", try server.output()))
            texts.append(("the sidecar's log", try sidecar.output()))
            #expect(try server.output().contains(#""msg":"request""#))
            let secrets =
                [Self.daprToken, Self.appToken, Self.password, installation.token] + Self.signingSecrets
                + installation.token.split(separator: ".").dropFirst().map(String.init) + Self.written + Self.sent
            for (what, text) in texts {
                for secret in secrets { #expect(!text.contains(secret), "\(what) tells \(secret)") }
            }
            // Nor the user by name, in the lines of requests.
            for line in try server.output().split(separator: "\n") where line.contains(#""msg":"request""#) {
                #expect(!line.contains("demo"), "\(line)")
            }
        }
    }

    /// Does what succeeds and what is refused, in every way that takes a secret or a text of a user.
    private static func use(_ installation: Installation) async throws {
        let api = "http://127.0.0.1:\(installation.ports[0])"
        let task = #"{"title":"planted-title","description":"planted-description","tags":["planted-tag"]}"#
        let key = (name: "Idempotency-Key", value: "planted-key")
        for _ in 0..<2 {
            let created = try await installation.call("POST", api + "/api/tasks", body: task, headers: [key])
            #expect([200, 201].contains(created.status))
        }
        // The same key for something else, a body that cannot be read, and one with faults.
        for body in [
            #"{"title":"planted-title, another"}"#, #"{"title":"planted-title""#, #"{"titel":"planted-title"}"#,
        ] {
            let refused = try await installation.call("POST", api + "/api/tasks", body: body, headers: [key])
            #expect((400...422).contains(refused.status))
        }
        for path in [
            "/api/tasks?q=planted-search", "/api/tasks?filter=title%20~%20planted-search", "/planted-search",
            "/api/tasks/planted-search", "/api/planted-search/tasks", "/api/tasks?planted-search=1",
        ] {
            _ = try await installation.call("GET", api + path, body: nil)
        }
        for header in [
            ("Authorization", "Bearer planted.foreign.jwt"), ("Authorization", "Basic cGxhbnRlZDpiYXNpYw=="),
            ("Cookie", "planted-cookie"), ("dapr-api-token", appToken), ("If-Match", #""planted-key""#),
        ] {
            _ = try await installation.call("GET", api + "/api/tasks", body: nil, headers: [header])
            _ = try await installation.call("POST", api + "/events/task-commands", body: task, headers: [header])
        }
        // A command by event that cannot be carried out, to the dead letters; and calls with the wrong token.
        let sidecar = "http://127.0.0.1:\(installation.sidecarPort)/v1.0"
        for token in [daprToken, "planted-dapr-api-token-that-is-wrong"] {
            for (method, path) in [("POST", "/publish/pubsub/task-commands"), ("GET", "/state/statestore/planted-key")]
            {
                let answer = try await installation.call(
                    method,
                    sidecar + path,
                    body: method == "POST" ? task : nil,
                    headers: [("dapr-api-token", token)]
                )
                #expect((token == daprToken) == (answer.status < 300), "\(path): \(answer.status)")
            }
        }
        let end = ContinuousClock.now + .seconds(20)
        let kept = #"tasks_dead_letters_kept_total{outcome="new"}"#
        while !String(decoding: try await installation.send("GET", "/metrics").body, as: UTF8.self).contains(kept) {
            try #require(ContinuousClock.now < end, "no dead letter came")
            try await Task.sleep(for: .milliseconds(200))
            // What was published before the server had subscribed is lost.
            let path = "/publish/pubsub/task-commands"
            _ = try await installation.call(
                "POST",
                sidecar + path,
                body: task,
                headers: [("dapr-api-token", daprToken)]
            )
        }
    }

    /// What the programs say when they do not start, with every secret about them.
    private static func complaints(
        _ installation: Installation,
        _ environment: [String: String]
    ) async throws -> [(what: String, text: String)] {
        var texts: [(what: String, text: String)] = []
        func run(_ program: String, _ arguments: [String]) async throws {
            let log = installation.folder.appendingPathComponent("complaint-\(texts.count)")
            let running = try await RunningProgram(program, arguments, environment: environment, log: log)
            try await running.ends(within: .seconds(30))
            let text = try running.output()
            #expect(!text.isEmpty)
            texts.append(("\(program) \(arguments.joined(separator: " "))", text))
        }
        try await run("task-server", ["serve", "--app-port", "no-port"])
        try await run("task-server", ["serve", "--help"])
        try await run("task-server", ["config"])
        try await run(
            "task-server",
            ["serve", "--app-port", "\(freePorts(1)[0])", "--dapr-http-port", "1", "--sidecar-wait", "1s"]
        )
        let store = """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: statestore}
            spec:
              type: state.postgresql
              version: v2
              metadata:
                - {name: connectionString, value: "postgres://user:\(password)@127.0.0.1:1/tasks"}

            """
        let folder = installation.folder.appendingPathComponent("broken")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in [
            ("unreachable", store), ("unreadable", store.replacing("/tasks", with: "/tasks?planted=1&")),
        ] {
            try Data(text.utf8).write(to: folder.appendingPathComponent("store.yaml"))
            try await run(
                "dev-sidecar",
                [
                    "run", "--app-id", name, "--dapr-http-port", "0", "--enable-metrics=false", "--resources-path",
                    folder.path,
                ]
            )
        }
        return texts
    }
}
