import Dapr
import DaprCurl
import Foundation

/// What is counted: in all, and by each writer, so that a writer whose answer was lost can read whether it counted.
struct Tally: Codable {
    var total = 0
    var by: [String: Int] = [:]
}

/// Four writers count to 25 each in one key, which works out although they do it at once and answers may be lost.
@main
struct Counter {
    let dapr: DaprClient

    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let transport = try DaprCurlTransport(endpoint: DaprEndpoint(environment: environment))
        let counter = Counter(dapr: DaprClient(transport: transport, apiToken: environment["DAPR_API_TOKEN"]))
        let conflicts = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in ["ann", "bob", "cy", "dee"] {
                group.addTask { try await counter.count(to: 25, as: writer) }
            }
            var conflicts = 0
            for try await count in group { conflicts += count }
            return conflicts
        }
        let tally = try await counter.dapr.getState("tally", in: "statestore")?.decoded(Tally.self)
        print("counted to \(tally?.total ?? 0), with \(conflicts == 0 ? "no" : "some") conflicts")
        await transport.shutdown()
    }

    /// Returns how often somebody else was faster.
    private func count(to goal: Int, as writer: String) async throws -> Int {
        var conflicts = 0
        while true {
            do {
                let entry = try await dapr.getState("tally", in: "statestore")
                var tally = try entry?.decoded(Tally.self) ?? Tally()
                // Only this writer writes its own number, so it also tells what became of a write without an answer.
                guard tally.by[writer, default: 0] < goal else { return conflicts }
                tally.by[writer, default: 0] += 1
                tally.total += 1
                let item = try StateItem("tally", encoding: tally, etag: entry?.etag, concurrency: .firstWrite)
                try await dapr.saveState(item, in: "statestore")
            } catch let error as DaprError {
                switch error.kind {
                case .conflict, .alreadyExists: conflicts += 1  // Somebody was faster: read again, decide again.
                case .outcomeUnknown, .unreachable: break  // Read again, which tells.
                default: throw error
                }
            }
        }
    }
}
