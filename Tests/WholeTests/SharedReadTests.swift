import DaprJSON
import DaprLibcurl
import Foundation
import Glibc
import TestTools
import Testing

/// Reads that come together, through server, sidecar and SQLite.
struct SharedReadTests {
    @Test func `hundreds of readers at once get each the task they asked for, with fewer calls than reads`()
        async throws
    {
        try await Installation.with { installation in
            let sidecar = try await installation.startSidecar()
            let server = try await installation.startServer(0, ["--loops", "2"])
            try await installation.waitUntilReady()
            var tasks: [String: [UInt8]] = [:]
            for number in 0..<30 {
                let created = try await installation.send("POST", "/api/tasks", body: #"{"title":"Task \#(number)"}"#)
                try #require(created.status == 201)
                tasks[try #require(try JSONValue(parsing: created.body)["id"]?.stringValue)] = created.body
            }
            let missing = "019aa5c4-7b1e-7c3a-9d42-5f0e8a6b1c2d"
            try await eventually("reads share calls") {
                let before = try await counts(installation)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for id in (0..<10).flatMap({ _ in tasks.keys.shuffled() + [missing] }) {
                        group.addTask { [tasks] in
                            let read = try await installation.send("GET", "/api/tasks/\(id)")
                            #expect(read.status == (tasks[id] == nil ? 404 : 200))
                            if let task = tasks[id] { #expect(read.body == task) }
                        }
                    }
                    try await group.waitForAll()
                }
                let after = try await counts(installation)
                return after.calls - before.calls < after.reads - before.reads
            }
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)
        }
    }

    private func counts(_ installation: Installation) async throws -> (reads: Int, calls: Int) {
        let text = String(decoding: try await installation.send("GET", "/metrics").body, as: UTF8.self)
        func value(_ name: String) throws -> Int {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
            return try #require(Int(line.dropFirst(name.count + 1)))
        }
        return (try value("tasks_reads_total"), try value("tasks_read_calls_total"))
    }
}
