import Curl
import Foundation
import Glibc
import Testing

/// How the programs start, and what they say when they cannot.
struct StartTests {
    @Test func `without a sidecar the server says what it waits for and where, and gives up with what to do`()
        async throws
    {
        try await Installation.with { installation in
            let server = try await RunningProgram(
                "task-server",
                ["serve", "--app-port", "\(installation.ports[0])", "--sidecar-wait", "5s"],
                environment: ["DAPR_HTTP_PORT": "\(installation.sidecarPort)"],
                log: installation.folder.appendingPathComponent("alone.log")
            )
            try await server.ends(within: .seconds(20))
            #expect(server.exitCode == 1)
            let output = try server.output()
            let lines = output.split(separator: "\n").filter { $0.contains("\(installation.sidecarPort)") }
            #expect(lines.count >= 2, "\(output)")
        }
    }

    @Test func `a sidecar that goes away later is a 503 with Retry-After, and comes back without a restart`()
        async throws
    {
        try await Installation.with { installation in
            var sidecar = try await installation.startSidecar()
            let server = try await installation.startServer()
            try await installation.waitUntilReady()
            let before = try await installation.send("POST", "/api/tasks", body: #"{"title":"before"}"#)
            #expect(before.status == 201)
            try await sidecar.end(SIGKILL)
            let refused = try await installation.send("POST", "/api/tasks", body: #"{"title":"during"}"#)
            #expect(refused.status == 503)
            #expect(refused.header("retry-after") != nil)
            let end = ContinuousClock.now + .seconds(10)
            while try await installation.send("GET", "/ready").status != 503 {
                try #require(ContinuousClock.now < end)
                try await Task.sleep(for: .milliseconds(50))
            }
            let health = try await installation.send("GET", "/health")
            #expect(health.status == 200)
            sidecar = try await installation.startSidecar()
            try await installation.waitUntilReady()
            let after = try await installation.send("POST", "/api/tasks", body: #"{"title":"after"}"#)
            #expect(after.status == 201)
            let titles = try await installation.titles()
            #expect(titles.sorted() == ["after", "before"])
            #expect(server.isRunning)
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)
        }
    }

    @Test
    func `the token in the environment of both opens the sidecar to the server, and without it the server says so`()
        async throws
    {
        try await Installation.with(servers: 2) { installation in
            let environment = ["DAPR_API_TOKEN": "a-token-of-this-test"]
            let sidecar = try await installation.startSidecar(environment: environment)
            let server = try await installation.startServer(environment: environment)
            try await installation.waitUntilReady()
            let created = try await installation.send("POST", "/api/tasks", body: #"{"title":"let in"}"#)
            #expect(created.status == 201)
            let metadata = "http://127.0.0.1:\(installation.sidecarPort)/v1.0/metadata"
            for (token, status) in [("a-token-of-this-test", 200), ("another", 401), (nil, 401)] {
                let headers = token.map { [(name: "dapr-api-token", value: $0)] } ?? []
                let answer = try await installation.call("GET", metadata, body: nil, headers: headers)
                #expect(answer.status == status, "\(token ?? "none")")
            }
            let stranger = try await installation.startServer(1)
            try await stranger.ends(within: .seconds(20))
            #expect(stranger.exitCode == 1)
            let output = try stranger.output()
            #expect(output.contains("DAPR_API_TOKEN"), "\(output)")
            for text in [output, try server.output(), try sidecar.output()] {
                #expect(!text.contains("a-token-of-this-test"))
            }
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)
        }
    }

    @Test(arguments: [
        ("broken.yaml", "kind: [unclosed", "broken.yaml"),
        (
            "kafka.yaml",
            "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: bus\nspec:\n  type: pubsub.kafka\n  version: v1\n  metadata: []\n",
            "pubsub.kafka"
        ),
    ])
    func `a component that cannot be used is refused by file and line`(
        file: String,
        text: String,
        names: String
    ) async throws {
        try await Installation.with { installation in
            try Data(text.utf8).write(to: installation.folder.appendingPathComponent("components/\(file)"))
            let sidecar = try await installation.startSidecar()
            try await sidecar.ends(within: .seconds(20))
            #expect(sidecar.exitCode != 0)
            let output = try sidecar.output()
            #expect(output.contains(names), "\(output)")
            #expect(output.contains("\(file):"), "\(output)")
        }
    }
}
