import DaprJSON
import DaprLibcurl
import Foundation
import Glibc
import TestSupport
import Testing

/// A moment of a write, and how a fault plan holds it while something is killed.
enum CrashMoment: String, CaseIterable, Sendable {
    case beforeCall = "before the call"
    case duringCall = "during the call"
    case beforeReply = "after the commit, before the reply"
    case beforePublish = "after the reply, before the publish"
    case beforeWatermark = "after the publish, before the watermark"
    case duringSnapshot = "during a snapshot"
    case duringTakeover = "during a takeover"

    /// How long the moment is held; shorter than the server's patience with a call.
    static let hold: Duration = .milliseconds(800)

    /// The rules that hold it; the last of them tells that it has come.
    var rules: [String] {
        let delay = "-> delay 800ms"
        return switch self {
        case .beforeCall: ["state.get key=owners:* match=1 \(delay)"]
        case .duringCall: ["state.transact key=log:demo:* match=1 \(delay)"]
        case .beforeReply:
            ["state.transact key=log:demo:6 match=1 -> lose", "state.get key=log:demo:6 \(delay)"]
        case .beforePublish, .duringTakeover: ["publish.bulk match=1 \(delay)"]
        case .beforeWatermark: ["state.transact key=pub:demo match=1 \(delay)"]
        case .duringSnapshot: ["state.transact key=head:demo match=1 \(delay)"]
        }
    }

    /// How the moment is held, for people.
    var means: String {
        switch self {
        case .beforeCall: "the owner is being listed, which comes before a book's first commits of a process"
        case .duringCall: "the sidecar has the transaction and has not begun it"
        case .beforeReply:
            "the transaction is done, its answer was cut off, and the server's question what came of it waits"
        case .beforePublish: "the client has its answer, and the bulk publish waits"
        case .beforeWatermark: "the broker has the events, and the transaction with `pub:` waits"
        case .duringSnapshot: "the pages are written, and the transaction with `head:` waits"
        case .duringTakeover:
            "another server died with unpublished changes; this one has its lease, and the publish waits"
        }
    }
}

/// What is killed, or goes away.
enum CrashVictim: String, CaseIterable, Sendable {
    case server, sidecar
    case postgres = "PostgreSQL"
    case broker
}

/// One cell of the crash matrix: something dies at a moment of a write, comes back, and what was promised is asked for.
struct CrashCell: MatrixCell, Hashable {
    let moment: CrashMoment
    let victim: CrashVictim
    /// Whether the store is PostgreSQL; else it is SQLite.
    let isOnPostgres: Bool

    var name: String { "\(victim.rawValue) \(moment.rawValue), on \(isOnPostgres ? "PostgreSQL" : "SQLite")" }

    /// What a broker that is away does to the next calls.
    private static let outage = "publish.bulk match=%-5 -> fail 503 ERR_PUBSUB_PUBLISH_MESSAGE"

    /// Runs it; when the moment had passed before the kill, again.
    func run() async throws {
        for _ in 0..<4 where try await attempt() { return }
        throw Broken(description: "the moment passed each time before anything was killed")
    }

    private func attempt() async throws -> Bool {
        try await withInstallation { installation, database, subscriber in
            let acknowledged = Acknowledged()
            let reckoning = Reckoning(
                installation: installation,
                subscriber: subscriber,
                acknowledged: acknowledged,
                losesEvents: victim == .sidecar
            )
            let token = try await prepare(installation, subscriber, acknowledged)
            var sidecar = try await installation.startSidecar(app: subscriber.port, faults: plan)
            var server = try await installation.startServer(0, Reckoning.serverFlags)
            if moment != .duringTakeover { try await installation.waitUntilReady() }
            async let writes: Void = moment == .duringTakeover ? () : write(installation, acknowledged, undoing: token)
            let seen = try await reached(installation)
            switch victim {
            case .server: try await server.end(SIGKILL)
            case .sidecar: try await sidecar.end(SIGKILL)
            case .postgres: try await kill(database)
            case .broker: break
            }
            let isInTime = victim == .broker || Date().timeIntervalSince(seen) < 0.7
            _ = try await writes
            switch victim {
            case .server: server = try await installation.startServer(0, Reckoning.serverFlags)
            case .sidecar: sidecar = try await installation.startSidecar(app: subscriber.port)
            case .postgres: try await restart(database)
            case .broker: break
            }
            try await installation.waitUntilReady()
            try await reckoning.run(servers: [server])
            try await sidecar.end(SIGTERM)
            return isInTime
        }
    }

    private var plan: String {
        var rules = moment.rules
        if victim == .broker {
            let first = moment == .beforeWatermark ? "2" : "1"
            rules.append(CrashCell.outage.replacing("%", with: first))
        }
        return rules.joined(separator: "\n") + "\n"
    }

    /// Three tasks, and one that was deleted, from a server that ended in order; for a takeover from one that was killed before
    /// it could publish them.
    /// - Returns: what takes the deletion back.
    private func prepare(
        _ installation: Installation,
        _ subscriber: CrashSubscriber,
        _ acknowledged: Acknowledged
    ) async throws -> String {
        let isTakeover = moment == .duringTakeover
        let sidecar = try await installation.startSidecar(
            app: subscriber.port,
            faults: isTakeover ? "publish.bulk -> fail 503 ERR_PUBSUB_PUBLISH_MESSAGE\n" : nil
        )
        let server = try await installation.startServer(0, Reckoning.serverFlags)
        try await installation.waitUntilReady()
        for number in 0..<3 {
            try hold(await acknowledged.create("first \(number)", installation), "a first task was not taken")
        }
        let token = try await deletion(installation)
        if isTakeover {
            try await server.end(SIGKILL)
        } else {
            try await subscriber.hear(5, within: .seconds(20))
            try await server.end(SIGTERM)
        }
        try await sidecar.end(SIGTERM)
        return token
    }

    /// Creates a task and deletes it.
    /// - Returns: what takes the deletion back.
    private func deletion(_ installation: Installation) async throws -> String {
        let tasks = "http://127.0.0.1:\(installation.ports[0])/api/tasks"
        let created = try await installation.call("POST", tasks, body: #"{"title":"back"}"#)
        let id = try #require(try JSONValue(parsing: created.body)["id"]?.stringValue)
        let deleted = try await installation.call("DELETE", "\(tasks)/\(id)", body: nil)
        return try #require(deleted.headers.first { $0.name.lowercased() == "undo-token" }).value
    }

    /// A hundred tasks at once, and one that comes back; for a snapshot many by themselves.
    private func write(
        _ installation: Installation,
        _ acknowledged: Acknowledged,
        undoing token: String
    ) async throws {
        let isMany = moment == .duringSnapshot
        let batch = Acknowledged.Command.batch((0..<100).map { "of many \($0)" }, key: "batch")
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<(isMany ? 70 : 0) {
                group.addTask { _ = await acknowledged.create("then \(number)", installation) }
            }
            if !isMany { group.addTask { _ = await acknowledged.carryOut(batch, installation) } }
            group.addTask {
                _ = await acknowledged.carryOut(.undo(token, bringingBack: "back"), installation)
            }
        }
    }

    /// Waits until the sidecar says that the moment has come, and tells when it was.
    private func reached(_ installation: Installation) async throws -> Date {
        let sign = "(rule \(moment.rules.count))"
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let log = try String(contentsOf: installation.sidecarLog, encoding: .utf8)
            var lines = log.split(separator: "\n").filter { $0.contains("fault injected") }[...]
            if moment == .beforeReply {
                // The same question asked before the commit is none about its outcome.
                lines = lines.drop { !$0.contains("-> lose") }
            }
            // Only this life of the sidecar has a plan whose last rule is a delay.
            let line = lines.first { $0.contains(sign) && $0.contains("-> delay") }
            if let line, let time = try JSONValue(parsing: Array(line.utf8))["time"]?.stringValue {
                let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                return try style.parse(time)
            }
            try hold(ContinuousClock.now < deadline, "the moment did not come")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func kill(_ database: PrivatePostgres?) async throws {
        try await #require(database).stop(SIGKILL)
    }

    /// Starts PostgreSQL again; until the last process of the killed one has ended, it refuses.
    private func restart(_ database: PrivatePostgres?) async throws {
        let database = try #require(database)
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do {
                return try await database.start()
            } catch {
                if ContinuousClock.now > deadline { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
