import DaprJSON
import DaprLibcurl
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
        (["--app-host", "0.0.0.0"], nil, "APP_API_TOKEN"), (["--app-host", "::"], nil, "APP_API_TOKEN"),
        ([], "", "APP_API_TOKEN"), (["--cors-origin", "https://app.example/"], "t", "--cors-origin"),
        (["--cors-origin", "null"], "t", "--cors-origin"),
    ])
    func `settings that would open a door, or never work, are refused at the start`(
        arguments: [String],
        token: String?,
        names: String
    ) async throws {
        try await Installation.with { installation in
            let server = try await installation.startServer(
                0,
                arguments,
                environment: token.map { ["APP_API_TOKEN": $0] } ?? [:]
            )
            try await server.ends(within: .seconds(20))
            #expect([1, 2].contains(server.exitCode))
            let output = try server.output()
            #expect(output.contains(names), "\(output)")
        }
    }

    @Test func `without a token for the app the server says so, and with one in both environments events come`()
        async throws
    {
        try await Installation.with(servers: 2) { installation in
            var sidecar = try await installation.startSidecar()
            var server = try await installation.startServer()
            try await installation.waitUntilReady()
            #expect(try server.output().contains("set APP_API_TOKEN"))
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)
            let environment = ["APP_API_TOKEN": "a-token-of-this-test"]
            sidecar = try await installation.startSidecar(environment: environment)
            server = try await installation.startServer(
                0,
                ["--metrics-port", "\(installation.ports[1])", "--metrics-host", "127.0.0.1"],
                environment: environment
            )
            try await installation.waitUntilReady()
            let event =
                #"{"specversion":"1.0","id":"1","source":"/x","type":"task.create","data":{"user_id":"demo","title":"by event"}}"#
            let forged = try await installation.call(
                "POST",
                "http://127.0.0.1:\(installation.ports[0])/events/task-commands",
                body: event,
                type: "application/cloudevents+json"
            )
            #expect(forged.status == 401)
            let end = ContinuousClock.now + .seconds(20)
            repeat {
                try #require(ContinuousClock.now < end)
                // What is published before the sidecar knows our subscriptions is lost in memory; by its id it is carried out once.
                let published = try await installation.call(
                    "POST",
                    "http://127.0.0.1:\(installation.sidecarPort)/v1.0/publish/pubsub/task-commands",
                    body: event,
                    type: "application/cloudevents+json"
                )
                #expect(published.status == 204)
                try await Task.sleep(for: .milliseconds(50))
            } while try await installation.titles() != ["by event"]
            let metrics = try await installation.call(
                "GET",
                "http://127.0.0.1:\(installation.ports[1])/metrics",
                body: nil
            )
            #expect(metrics.status == 200)
            #expect(String(decoding: metrics.body, as: UTF8.self).contains("tasks_events_received_total"))
            let other = try await installation.call(
                "GET",
                "http://127.0.0.1:\(installation.ports[1])/api/tasks",
                body: nil
            )
            #expect(other.status == 404)
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)
        }
    }

    @Test func `a token is made only for a user whom the server takes`() async throws {
        try await Installation.with { installation in
            let secrets = installation.folder.appendingPathComponent("secrets.json").path
            for user in ["a\nb", "", String(repeating: "x", count: 256), "\u{7F}"] {
                let made = try await installation.tool(["token", "--user", user, "--secrets-file", secrets])
                #expect(made.code == 1 || made.code == 2, "\(made.text)")
                #expect(!made.text.contains("eyJ"), "\(made.text)")
            }
        }
    }

    @Test func `a server that ends with its sidecar gives up its lease first, or says nothing of it`() async throws {
        try await Installation.with { installation in
            var sidecar = try await installation.startSidecar()
            var server = try await installation.startServer()
            try await installation.waitUntilReady()
            let created = try await installation.send("POST", "/api/tasks", body: #"{"title":"x"}"#)
            #expect(created.status == 201)
            try await server.end(SIGTERM)
            #expect(try await installation.state("relays")?["instances"] == [])
            server = try await installation.startServer()
            try await installation.waitUntilReady()
            try await sidecar.end(SIGKILL)
            try await server.end(SIGTERM)
            #expect(server.exitCode == 0)
            #expect(try !server.output().contains("lease was not given up"))
            sidecar = try await installation.startSidecar()
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
