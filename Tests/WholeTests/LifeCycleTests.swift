import DaprJSON
import DaprLibcurl
import Foundation
import Glibc
import TestTools
import Testing

/// What the built server says of itself while it runs, and how it ends.
struct LifeCycleTests {
    private func readiness(_ installation: Installation) async throws -> (status: Int, body: JSONValue) {
        let answer = try await installation.send("GET", "/ready")
        return (answer.status, try JSONValue(parsing: answer.body))
    }

    @Test func `ready names each part with its state, and a broker that takes nothing turns nobody away`() async throws
    {
        try await Installation.with { installation in
            let refusing = "publish,publish.bulk -> fail 503 ERR_PUBSUB\n"
            let sidecar = try await installation.startSidecar(faults: refusing)
            let server = try await installation.startServer()
            try await installation.waitUntilReady()
            try await eventually {
                try await readiness(installation).body["checks"] == [
                    "relay": "ok", "sidecar": "ok", "store": "ok", "subscriptions": "ok", "topics": "ok",
                ]
            }
            #expect(try await installation.send("POST", "/api/tasks", body: #"{"title":"kept"}"#).status == 201)
            try await eventually { try await readiness(installation).body["checks"]?["relay"] == "failing" }
            #expect(try await readiness(installation).status == 200)
            try await sidecar.end(SIGKILL)
            try await eventually { try await readiness(installation).status == 503 }
            let alone = try await readiness(installation).body
            #expect(alone["status"] == "not_ready")
            for (name, state) in [("sidecar", "failing"), ("store", "unknown"), ("topics", "unknown")] {
                #expect(alone["checks"]?[name] == .string(state))
            }
            try await server.end(SIGTERM)
        }
    }

    @Test func `after SIGTERM a server first says that it stops, and still serves for the stop delay`() async throws {
        try await Installation.with { installation in
            let sidecar = try await installation.startSidecar()
            let server = try await installation.startServer(0, ["--stop-delay", "2s"])
            try await installation.waitUntilReady()
            server.send(SIGTERM)
            try await eventually { try await readiness(installation).status == 503 }
            #expect(try await readiness(installation).body["status"] == "stopping")
            #expect(try await installation.send("POST", "/api/tasks", body: #"{"title":"late"}"#).status == 201)
            #expect(try await installation.send("GET", "/health").status == 200)
            try await server.ends(within: .seconds(20))
            #expect(server.exitCode == 0)
            let outbox = try await installation.tool(["outbox"])
            #expect(outbox.text.contains("0 slots in use"), "\(outbox.text)")
            try await sidecar.end(SIGTERM)
        }
    }

    @Test func `requests in flight are answered and their events published before the server ends`() async throws {
        try await Installation.with { installation in
            let sidecar = try await installation.startSidecar(faults: "state.transact key=log:demo:2 -> delay 1500ms\n")
            let server = try await installation.startServer()
            try await installation.waitUntilReady()
            #expect(try await installation.send("POST", "/api/tasks", body: #"{"title":"before"}"#).status == 201)
            async let slow = installation.send("POST", "/api/tasks", body: #"{"title":"slow"}"#)
            try await Task.sleep(for: .milliseconds(300))
            server.send(SIGTERM)
            let answer = try await slow
            #expect(answer.status == 201)
            #expect(answer.header("connection") == "close")
            try await server.ends(within: .seconds(20))
            #expect(server.exitCode == 0)
            let outbox = try await installation.tool(["outbox"])
            #expect(outbox.text.contains("0 slots in use"), "\(outbox.text)")
            let verified = try await installation.tool(["verify"])
            #expect(verified.code == 0, "\(verified.text)")
            try await sidecar.end(SIGTERM)
        }
    }

    @Test(arguments: [(SIGTERM, 143), (SIGINT, 130)] as [(CInt, Int32)])
    func `who asks a second time ends it at once`(second: CInt, code: Int32) async throws {
        try await Installation.with { installation in
            let sidecar = try await installation.startSidecar(faults: "state.transact key=log:demo:1 -> delay 20s\n")
            let server = try await installation.startServer(0, ["--call-timeout", "30s", "--command-deadline", "25s"])
            try await installation.waitUntilReady()
            let slow = Task { try? await installation.send("POST", "/api/tasks", body: #"{"title":"slow"}"#) }
            try await Task.sleep(for: .milliseconds(300))
            server.send(SIGTERM)
            try await eventually { try server.output().contains(#""stopping""#) }
            if second != SIGTERM {
                // At the same moment both are of one occasion, as when a terminal's Ctrl-C reaches a program and the one that runs it.
                server.send(second)
                try await Task.sleep(for: .milliseconds(1200))
                #expect(server.isRunning)
            }
            let begin = ContinuousClock.now
            server.send(second)
            try await server.ends(within: .seconds(10))
            #expect(ContinuousClock.now - begin < .seconds(5))
            #expect(server.exitCode == code)
            _ = await slow.value
            try await sidecar.end(SIGKILL)
        }
    }

    @Test func `a server that waits for its sidecar ends at a signal`() async throws {
        try await Installation.with { installation in
            let server = try await installation.startServer()
            try await Task.sleep(for: .milliseconds(500))
            try await server.end(SIGTERM)
            #expect(server.exitCode == 0)
        }
    }

    @Test func `a sidecar that hangs does not keep the server from ending in time`() async throws {
        try await Installation.with { installation in
            let sidecar = try await installation.startSidecar()
            let server = try await installation.startServer(
                0,
                ["--drain-time", "1s", "--publish-time", "1s", "--call-timeout", "1s", "--command-deadline", "5s"]
            )
            try await installation.waitUntilReady()
            #expect(try await installation.send("POST", "/api/tasks", body: #"{"title":"x"}"#).status == 201)
            sidecar.send(SIGSTOP)
            let hung = Task { try? await installation.send("POST", "/api/tasks", body: #"{"title":"hung"}"#) }
            try await Task.sleep(for: .milliseconds(100))
            let begin = ContinuousClock.now
            server.send(SIGTERM)
            try await server.ends(within: .seconds(15))
            #expect(server.exitCode == 0)
            // The bound is 1 + 1 + 2 * 1 s; the rest is for a busy machine.
            #expect(ContinuousClock.now - begin < .seconds(8))
            _ = await hung.value
            sidecar.send(SIGCONT)
            try await sidecar.end(SIGKILL)
        }
    }
}
