import DaprJSON
import DaprLibcurl
import Synchronization

/// Tasks that were promised, and what the first answer to each was.
final class Acknowledged: Sendable {
    private struct State {
        var answers: [String: [UInt8]] = [:]
        var descriptions: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// Those that are there once.
    var titles: [String] { state.withLock { $0.answers.keys.sorted() } }

    /// Creates a task under an idempotency key of its own; without an answer, or with a 503, nothing is promised.
    /// - Returns: whether it was.
    @discardableResult
    func create(
        _ title: String,
        _ installation: Installation,
        to index: Int = 0,
        description: String = ""
    ) async -> Bool {
        let answer = try? await Acknowledged.post(title, installation, to: index, description: description)
        guard let answer, answer.status == 201 else { return false }
        state.withLock { state in
            state.answers[title] = answer.body
            if !description.isEmpty { state.descriptions[title] = description }
        }
        return true
    }

    /// Forgets all other promises: the store went back behind them.
    func forget(allBut titles: [String]) {
        state.withLock { $0.answers = $0.answers.filter { titles.contains($0.key) } }
    }

    /// Sends each again with its key.
    /// - Returns: the titles of which the answer was another than the first time.
    func repeated(_ installation: Installation, to index: Int) async throws -> [String] {
        let state = state.withLock { $0 }
        var different: [String] = []
        for (title, first) in state.answers {
            let again = try await Acknowledged.post(
                title,
                installation,
                to: index,
                description: state.descriptions[title] ?? ""
            )
            if again.status != 201 || again.body != first { different.append(title) }
        }
        return different
    }

    private static func post(
        _ title: String,
        _ installation: Installation,
        to index: Int,
        description: String
    ) async throws -> CurlResponse {
        let task: JSONValue = ["title": .string(title), "description": .string(description)]
        return try await installation.call(
            "POST",
            "http://127.0.0.1:\(installation.ports[index])/api/tasks",
            body: String(decoding: task.serialized(), as: UTF8.self),
            headers: [("Idempotency-Key", title.replacing(" ", with: "-"))]
        )
    }
}
