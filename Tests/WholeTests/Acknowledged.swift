import DaprJSON
import DaprLibcurl
import Synchronization

/// Tasks that were promised, and what the first answer to each command was.
final class Acknowledged: Sendable {
    /// A command under an idempotency key of its own, and the tasks that are there afterwards.
    struct Command: Sendable {
        let key: String
        let path: String
        let body: JSONValue
        /// The titles of the tasks.
        let titles: [String]
        /// The status of its success.
        let status: Int

        /// Creates a task.
        static func create(_ title: String, description: String = "") -> Command {
            Command(
                key: title.replacing(" ", with: "-"),
                path: "/api/tasks",
                body: ["title": .string(title), "description": .string(description)],
                titles: [title],
                status: 201
            )
        }

        /// Creates tasks in one commit.
        static func batch(_ titles: [String], key: String) -> Command {
            let operations = titles.map { ["op": "create", "task": ["title": .string($0)]] as JSONValue }
            return Command(
                key: key,
                path: "/api/batch",
                body: ["operations": .array(operations)],
                titles: titles,
                status: 200
            )
        }

        /// Takes back the deletion of a task.
        static func undo(_ token: String, bringingBack title: String) -> Command {
            Command(key: "undo", path: "/api/undo", body: ["token": .string(token)], titles: [title], status: 200)
        }
    }

    private struct State {
        var answered: [(command: Command, body: [UInt8])] = []
        var batches: [[String]] = []
    }

    private let state = Mutex(State())

    /// Those that are there once.
    var titles: [String] { state.withLock { $0.answered.flatMap(\.command.titles).sorted() } }
    /// Those that are all there, or none of them.
    var batches: [[String]] { state.withLock { $0.batches } }

    /// Creates a task; without an answer, or with a 503, nothing is promised.
    /// - Returns: whether it was.
    @discardableResult
    func create(
        _ title: String,
        _ installation: Installation,
        to index: Int = 0,
        description: String = ""
    ) async -> Bool {
        await carryOut(.create(title, description: description), installation, to: index)
    }

    /// Carries out a command; without an answer, or with a 503, nothing is promised.
    /// - Returns: whether it was.
    @discardableResult
    func carryOut(_ command: Command, _ installation: Installation, to index: Int = 0) async -> Bool {
        if command.titles.count > 1 { state.withLock { $0.batches.append(command.titles) } }
        let answer = try? await Acknowledged.send(command, installation, to: index)
        guard let answer, answer.status == command.status else { return false }
        state.withLock { $0.answered.append((command, answer.body)) }
        return true
    }

    /// Forgets all other promises: the store went back behind them.
    func forget(allBut titles: [String]) {
        state.withLock { $0.answered = $0.answered.filter { $0.command.titles.allSatisfy(titles.contains) } }
    }

    /// Sends each again with its key.
    /// - Returns: the keys of which the answer was another than the first time.
    func repeated(_ installation: Installation, to index: Int) async throws -> [String] {
        var different: [String] = []
        for (command, first) in state.withLock({ $0.answered }) {
            let again = try await Acknowledged.send(command, installation, to: index)
            if again.status != command.status || again.body != first { different.append(command.key) }
        }
        return different
    }

    private static func send(
        _ command: Command,
        _ installation: Installation,
        to index: Int
    ) async throws -> CurlResponse {
        try await installation.call(
            "POST",
            "http://127.0.0.1:\(installation.ports[index])\(command.path)",
            body: String(decoding: command.body.serialized(), as: UTF8.self),
            headers: [("Idempotency-Key", command.key)]
        )
    }
}
