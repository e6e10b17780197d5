import DaprJSON
import Foundation
import Glibc
import TasksDapr
import TestSupport

/// A cell of the crash matrix.
protocol MatrixCell: Sendable {
    var name: String { get }
    /// Whether the store is PostgreSQL; else it is SQLite.
    var isOnPostgres: Bool { get }
    /// How many servers there are.
    var servers: Int { get }
    /// In what surroundings tokens are signed.
    var signing: [String: String] { get }

    /// Runs it.
    /// - Throws: what was promised and is not so.
    func run() async throws
}

extension MatrixCell {
    var servers: Int { 1 }
    var signing: [String: String] { [:] }

    /// Lends programs on the cell's store, and says with each failure where their logs are.
    func withInstallation<T>(
        _ body: (Installation, PrivatePostgres?, CrashSubscriber) async throws -> T
    ) async throws -> T {
        guard isOnPostgres else { return try await withInstallation(nil, body) }
        return try await PrivatePostgres.with { try await withInstallation($0, body) }
    }

    private func withInstallation<T>(
        _ database: PrivatePostgres?,
        _ body: (Installation, PrivatePostgres?, CrashSubscriber) async throws -> T
    ) async throws -> T {
        try await Installation.with(servers: servers, postgres: database?.connectionString, signing: signing) {
            installation in
            do {
                return try await CrashSubscriber.with(servers: installation.ports) { subscriber in
                    try await body(installation, database, subscriber)
                }
            } catch {
                throw Broken(description: "\(error); see \(installation.folder.path)")
            }
        }
    }
}

/// What was promised and is not so.
struct Broken: Error, CustomStringConvertible {
    let description: String
}

func hold(_ isSo: Bool, _ text: @autoclosure () -> String) throws {
    if !isSo { throw Broken(description: text()) }
}

/// Throws what was promised and is not so, by its name.
func hold(_ invariant: Invariant, _ isSo: Bool, _ text: @autoclosure () -> String) throws {
    try hold(isSo, "\(invariant.rawValue): \(text())")
}

/// Asks for all that was promised, when what went wrong has passed.
struct Reckoning {
    static let serverFlags = [
        "--relay-lease", "500ms", "--call-timeout", "1s", "--command-deadline", "5s", "--log-level", "warning",
    ]

    let installation: Installation
    let subscriber: CrashSubscriber
    let acknowledged: Acknowledged
    var owners = ["demo"]
    /// Whether the in-memory broker died with events that it had and had not delivered.
    var losesEvents = false

    /// Looks with the servers that run, ends them, and asks a fresh one for the first answers.
    ///
    /// - Parameter servers: those that run, by their number.
    /// - Throws: ``Broken`` for what is not as it was promised.
    func run(servers: [RunningProgram]) async throws {
        try await allHeard()
        // And it goes on.
        for index in servers.indices {
            let deadline = ContinuousClock.now + .seconds(30)
            var number = 0
            while await !acknowledged.create("last \(number) of \(index)", installation, to: index) {
                number += 1
                try hold(ContinuousClock.now < deadline, "nothing can be written any more")
            }
        }
        try await allHeard()
        for index in servers.indices { try await allThereOnce(index) }
        await subscriber.bringAgain()
        try await verify(["--outbox"])
        for server in servers {
            try await server.end(SIGTERM)
            try hold(server.exitCode == 0, "a server ended with \(server.exitCode ?? -1)")
        }
        let fresh = try await installation.startServer(0, Reckoning.serverFlags)
        try await installation.waitUntilReady()
        let length = try await journal("demo").count
        let different = try await acknowledged.repeated(installation, to: 0)
        try hold(.repeatsAnswered, different.isEmpty, "a repeat has another answer than the first: \(different)")
        try await hold(.repeatsAnswered, journal("demo").count == length, "a repeat is in the journal")
        try await allThereOnce(0)
        try await fresh.end(SIGTERM)
        try await verify([])
    }

    /// Every task that was acknowledged is in the list once, and no other twice.
    func allThereOnce(_ index: Int) async throws {
        let titles = counted(try await installation.titles(from: index))
        for title in acknowledged.titles {
            try hold(.acknowledgedOnce, titles[title] == 1, "\(title): \(titles[title] ?? 0) times")
        }
        for batch in acknowledged.batches {
            let there = batch.count { titles[$0] != nil }
            try hold(.acknowledgedOnce, there == 0 || there == batch.count, "\(there) of a batch of \(batch.count)")
        }
        try hold(.refusedNever, titles.values.allSatisfy { $0 == 1 }, "a task is there twice: \(titles)")
    }

    private func verify(_ flags: [String]) async throws {
        let verified = try await installation.tool(["verify"] + flags)
        try hold(verified.code == 0, verified.text)
    }

    /// The tasks of the changes of an owner's journal.
    func journal(_ owner: String) async throws -> [String] {
        var tasks: [String] = []
        while let record = try await installation.state("log:\(owner):\(tasks.count + 1)") {
            tasks += (record["changes"]?.arrayValue ?? []).compactMap { $0["task"]?["id"]?.stringValue }
        }
        return tasks
    }

    /// All changes of the journals reach the subscriber in order, each of its own task.
    func allHeard() async throws {
        for owner in owners {
            let expected = try await journal(owner)
            if losesEvents {
                try? await subscriber.hear(expected.count, of: owner, within: .seconds(4))
                let heard = subscriber.heard(of: owner).tasks.count
                if heard < expected.count {
                    let redriven = try await installation.tool([
                        "outbox", "redrive", "--owner", owner, "--from", "\(heard + 1)",
                    ])
                    try hold(redriven.code == 0, redriven.text)
                }
            }
            // What was not heard in time is told of below.
            try? await subscriber.hear(expected.count, of: owner, within: .seconds(60))
            let heard = subscriber.heard(of: owner)
            try hold(
                .allPublished,
                heard.tasks == expected,
                "of \(expected.count) changes of \(owner) \(heard.arrivals) came"
            )
        }
    }
}
