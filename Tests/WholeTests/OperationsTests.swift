import DaprJSON
import DaprLibcurl
import Foundation
import Glibc
import TestTools
import Testing

/// The commands for books against real programs: `verify`, `outbox`, `export`, `import` and `migrate`.
struct OperationsTests {
    private func write(_ installation: Installation, _ count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    let answer = try await installation.send("POST", "/api/tasks", body: #"{"title":"<\#(number)>"}"#)
                    #expect(answer.status == 201)
                }
            }
            try await group.waitForAll()
        }
    }

    private func formats(_ installation: Installation) async throws -> Set<Int> {
        var formats: Set<Int> = []
        for (sequence, _) in try await installation.journal() {
            formats.insert(try #require(try await installation.state("log:demo:\(sequence)")?["v"]?.intValue))
        }
        return formats
    }

    @Test func `of an owner without a book verify and export say so, and write nothing`() async throws {
        try await Installation.with { installation in
            let sidecar = try await installation.startSidecar()
            let server = try await installation.startServer()
            try await installation.waitUntilReady()
            try await write(installation, 1)
            let file = installation.folder.appendingPathComponent("nobody.jsonl").path
            for arguments in [
                ["verify", "--owner", "nobody"], ["verify", "--owner", "demo", "--owner", "nobody", "--json"],
                ["export", "--owner", "nobody"], ["export", "--owner", "nobody", "--output", file],
            ] {
                let ended = try await installation.tool(arguments)
                #expect(ended.code == 1, "\(arguments)")
                #expect(ended.text.contains("nobody has no book"), "\(ended.text)")
                #expect(!ended.text.contains(#""export""#))
            }
            #expect(!FileManager.default.fileExists(atPath: file))
            let known = try await installation.tool(["verify", "--owner", "demo"])
            #expect(known.code == 0, "\(known.text)")
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)
        }
    }

    @Test func `books are verified, shown, taken out, put in and migrated beside a server`() async throws {
        try await Installation.with { installation in
            let sidecar = try await installation.startSidecar()
            var server = try await installation.startServer()
            try await installation.waitUntilReady()
            try await write(installation, 100)

            let shown = try await installation.tool(["outbox", "--json"])
            #expect(shown.code == 0, "\(shown.text)")
            let outbox = try JSONValue(parsing: Array(shown.text.utf8))
            #expect(outbox["instances"]?.arrayValue?.count == 1)
            let text = try await installation.tool(["outbox"])
            #expect(text.text.contains("1 instances"), "\(text.text)")
            let redriven = try await installation.tool(["outbox", "redrive", "--owner", "demo", "--from", "99"])
            #expect(redriven.text.contains("demo  published 99 to 100"), "\(redriven.text)")
            let replayed = try await installation.tool([
                "events", "replay", "--owner", "demo", "--from", "98", "--to", "99", "--topic", "again",
            ])
            #expect(replayed.code == 0)
            #expect(replayed.text.contains("demo  published 98 to 99 once more, to again"), "\(replayed.text)")
            let slow = try await RunningProgram(
                "task-server",
                ["events", "replay", "--owner", "demo", "--rate", "2"],
                environment: ["DAPR_HTTP_PORT": "\(installation.sidecarPort)", "TASKS_TOPIC": "tasks"],
                log: installation.folder.appendingPathComponent("replay.log")
            )
            try await eventually { (try? slow.output())?.contains(" of 100") ?? false }
            try await slow.end(SIGINT)
            #expect(slow.exitCode == 1)
            let told = try slow.output()
            #expect(told.contains(/stopped; go on with demo by --from [0-9]+\n/), "\(told)")
            let beyond = try await installation.tool(["events", "replay", "--owner", "demo", "--to", "101"])
            #expect(beyond.code == 1)
            #expect(beyond.text.contains("the journal has those from 1 to 100"), "\(beyond.text)")

            var verified = try await installation.tool(["verify", "--json"])
            #expect(verified.code == 0, "\(verified.text)")
            #expect(
                try JSONValue(parsing: Array(verified.text.utf8)) == [
                    "books": 1, "changes": 100, "differences": [], "tasks": 100,
                ]
            )

            // Migrated while the server serves: to the first format and back.
            let file = installation.folder.appendingPathComponent("demo.jsonl").path
            let first = try await installation.tool(["export", "--owner", "demo", "--output", file])
            #expect(first.code == 0, "\(first.text)")
            for format in [1, 2] {
                let dry = try await installation.tool(["migrate", "--to", "\(format)", "--dry-run"])
                #expect(dry.text.contains("would be brought to format \(format)"), "\(dry.text)")
                #expect(try await formats(installation) == [3 - format])
                let migrated = try await installation.tool(["migrate", "--to", "\(format)"])
                #expect(migrated.code == 0, "\(migrated.text)")
                #expect(try await formats(installation) == [format])
                #expect(try await installation.tool(["verify", "--owner", "demo"]).code == 0)
                #expect(try await installation.titles().count == 100)
                try await server.end(SIGTERM)
                server = try await installation.startServer()
                try await installation.waitUntilReady()
                #expect(try await installation.titles().count == 100)
            }
            let second = try await installation.tool(["export", "--owner", "demo"])
            let exported = try String(contentsOfFile: file, encoding: .utf8)
            #expect(second.text.hasPrefix(exported))

            let imported = try await installation.tool(["import", "--input", file, "--owner", "ann, b"])
            #expect(imported.code == 0, "\(imported.text)")
            let again = try await installation.tool(["import", "--input", file, "--owner", "ann, b"])
            #expect(again.text.contains("were there already"), "\(again.text)")
            verified = try await installation.tool(["verify", "--owner", "ann, b", "--owner", "demo"])
            #expect(verified.code == 0, "\(verified.text)")
            #expect(verified.text.contains("2 books, 0 not sound; in the others 200 changes and 200 tasks"))

            try await write(installation, 1)
            let page = "http://127.0.0.1:\(installation.sidecarPort)/v1.0/state/statestore"
            let task = try #require(
                try await installation.state("log:demo:1")?["changes"]?[0]?["task"]?["id"]?.stringValue
            )
            #expect(try await installation.call("DELETE", "\(page)/task:demo:\(task)", body: nil).status == 204)
            verified = try await installation.tool(["verify"])
            #expect(verified.code == 1)
            #expect(verified.text.contains("demo  task:demo:\(task)  it is missing"), "\(verified.text)")

            for arguments in [
                ["import", "--input", file], ["import", "--input", "/nowhere"], ["export", "--owner", "demo"],
                ["export", "--owner", "demo", "--output", "/nowhere/at/all"], ["verify", "--owner", ""],
            ] {
                let (code, text) = try await installation.tool(arguments)
                #expect(code == 1, "\(arguments): \(text)")
                #expect(text.contains("task-server: "), "\(text)")
            }
            for arguments in [
                ["serve", "--history-retention", "24h"], ["export"], ["migrate", "--to", "4"], ["migrate"],
                ["outbox", "redrive"], ["outbox", "x"],
            ] {
                #expect(try await installation.tool(arguments).code == 2, "\(arguments)")
            }
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)
        }
    }

    @Test func `reads that fail now and then, and a sidecar that is not there yet, end no command`() async throws {
        try await Installation.with { installation in
            var sidecar = try await installation.startSidecar()
            let server = try await installation.startServer()
            try await installation.waitUntilReady()
            try await write(installation, 40)
            let sound = try await installation.tool(["export", "--owner", "demo"])
            #expect(sound.code == 0, "\(sound.text)")
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)

            async let early = installation.tool(["verify"])
            try await Task.sleep(for: .milliseconds(500))
            sidecar = try await installation.startSidecar(
                faults:
                    "state.get,state.bulk-get chance=0.15 -> fail 503 ERR_BUSY\nstate.get,state.bulk-get chance=0.15 -> cut\n"
            )
            let verified = try await early
            #expect(verified.code == 0, "\(verified.text)")
            for arguments in [["verify", "--owner", "demo"], ["outbox"], ["migrate", "--to", "2", "--dry-run"]] {
                let (code, text) = try await installation.tool(arguments)
                #expect(code == 0, "\(arguments): \(text)")
            }
            let exported = try await installation.tool(["export", "--owner", "demo"])
            #expect(exported.code == 0)
            #expect(exported.text.contains(#"{"changes":40,"#), "\(exported.text)")
            #expect(try sidecar.output().contains("fault injected"))
            try await sidecar.end(SIGTERM)

            sidecar = try await installation.startSidecar(faults: "state.* -> fail 503 ERR_BUSY\n")
            let begin = ContinuousClock.now
            let failed = try await installation.tool(["verify", "--call-timeout", "1s"])
            #expect(failed.code == 1)
            #expect(failed.text.contains("ERR_BUSY"), "\(failed.text)")
            #expect(ContinuousClock.now - begin < .seconds(10))
            try await sidecar.end(SIGTERM)
        }
    }

    @Test func `a migration that is killed again and again ends all the same`() async throws {
        try await Installation.with { installation in
            // Slow enough that a kill finds it at work.
            let sidecar = try await installation.startSidecar(
                faults: "state.transact key=log:demo:1 -> delay 150ms\nstate.transact key=log:demo:40 -> delay 150ms\n"
            )
            let server = try await installation.startServer()
            try await installation.waitUntilReady()
            for _ in 0..<12 { try await write(installation, 10) }
            let file = installation.folder.appendingPathComponent("before.jsonl").path
            _ = try await installation.tool(["export", "--owner", "demo", "--output", file])
            for format in [1, 2] {
                for round in 1...3 {
                    let migration = try await RunningProgram(
                        "task-server",
                        ["migrate", "--to", "\(format)"],
                        environment: ["DAPR_HTTP_PORT": "\(installation.sidecarPort)"],
                        log: installation.folder.appendingPathComponent("migration-\(format)-\(round)")
                    )
                    try await Task.sleep(for: .milliseconds(40 * round))
                    try await migration.end(SIGKILL)
                    #expect(try await installation.titles().count == 120)
                    #expect(try await installation.tool(["verify"]).code == 0)
                }
                #expect(try await installation.tool(["migrate", "--to", "\(format)"]).code == 0)
                #expect(try await formats(installation) == [format])
            }
            let after = try await installation.tool(["export", "--owner", "demo"])
            #expect(after.text.hasPrefix(try String(contentsOfFile: file, encoding: .utf8)))
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)
        }
    }
}
