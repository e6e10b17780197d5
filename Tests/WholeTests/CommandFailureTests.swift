import DaprJSON
import Foundation
import Glibc
import Tasks
import TasksDapr
import Testing

@testable import task_server

/// What the commands for people say when they cannot do what was asked.
struct CommandFailureTests {
    @Test(arguments: [
        ("{", "is not JSON"), (#"{"other":"x"}"#, "has no text under \"jwt-secret\""), (nil, "cannot read"),
        (#"{"jwt-secret":"short"}"#, "32"),
    ])
    func `without a key in the file there is no token, and it says why`(content: String?, reason: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "secrets-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }  // A file left in the folder for such does no harm.
        if let content { try Data(content.utf8).write(to: file) }
        let log = file.appendingPathExtension("log")
        defer { try? FileManager.default.removeItem(at: log) }
        let program = try await RunningProgram("task-server", ["token", "--secrets-file", file.path], log: log)
        try await program.ends(within: .seconds(20))
        let output = try program.output()
        #expect(program.exitCode == 1)
        #expect(output.hasPrefix("task-server: ") && output.contains(reason), "\(output)")
        #expect(!output.contains("eyJ"))
    }

    @Test func `of an owner without a book nothing is migrated or published`() async throws {
        try await Installation.with { installation in
            let sidecar = try await installation.startSidecar()
            for arguments in [
                ["migrate", "--to", "2", "--owner", "nobody"], ["outbox", "redrive", "--owner", "nobody"],
                ["events", "replay", "--owner", "nobody"],
            ] {
                let ended = try await installation.tool(arguments)
                #expect(ended.code == 1)
                #expect(ended.text.contains("nobody has no book"), "\(ended.text)")
            }
            try await sidecar.end(SIGTERM)
        }
    }

    @Test func `a report of many books tells of each that is not sound, in order, and counts the others`() throws {
        func owner(_ name: String) throws -> OwnerID { try #require(OwnerID(name)) }
        var report = VerifyReport()
        report.add(try owner("sound"), .success(.sound(changes: 3, tasks: 2)))
        #expect(report.isSound)
        report.add(try owner("unread"), .failure(.notRead(key: "head:unread")))
        report.add(try owner("busy"), .success(.busy))
        report.add(try owner("ann"), .success(.unheard([1...2, 4...4, 6...9, 11...12])))
        report.add(try owner("bob"), .success(.different(key: "task:bob:1", reason: "it is missing")))
        #expect(!report.isSound)
        let lines = report.text.split(separator: "\n")
        let told = lines.dropLast().map { $0.split(separator: " ").first.map(String.init) }
        #expect(told == ["ann", "bob", "busy", "unread"])
        #expect(
            report.text.contains("changes 1 to 2, 4 to 4, 6 to 9, …; task-server outbox redrive --owner … --from 1")
        )
        #expect(lines.last == "5 books, 4 not sound; in the others 3 changes and 2 tasks")
        let json = try JSONValue(parsing: Array(report.json.utf8))
        #expect(json["books"] == 5 && json["changes"] == 3 && json["tasks"] == 2)
        let differences = try #require(json["differences"]?.arrayValue)
        #expect(differences.map { $0["owner"] } == ["ann", "bob", "busy", "unread"])
        #expect(
            differences.map { $0["invariant"] } == ["allPublished", "tasksAsJournal", nil, nil].map { $0 ?? .null }
        )
        #expect(differences[1]["key"] == "task:bob:1" && differences[2]["key"] == .null)
    }
}
