import Foundation

extension Benchmark {
    /// What the journal engine costs beside the calls that it makes, and how it grows.
    static let journal = Benchmark(
        title: "the journal engine over dev-sidecar, state and pub/sub in memory; its own CPU, without the sidecar's",
        goals: ["J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9"]
    ) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // A folder left among such does no harm.
        let components = """
            {apiVersion: dapr.io/v1alpha1, kind: Component, metadata: {name: statestore}, spec: {type: state.in-memory, version: v1}}
            ---
            {apiVersion: dapr.io/v1alpha1, kind: Component, metadata: {name: pubsub}, spec: {type: pubsub.in-memory, version: v1}}
            """
        try Data(components.utf8).write(to: folder.appendingPathComponent("components.yaml"))
        var runs: [[String: Double]] = []
        for _ in 0..<3 { runs.append(try await measure(resources: folder.path)) }
        func figure(_ name: String) -> Double { middle(runs.compactMap { $0[name] }) }
        func line(_ what: String, _ name: String, _ unit: String) {
            say("\(what): \(hundredths(figure(name))) \(unit)")
        }

        line("a create, with its event published", "create-cpu", "us")
        line("the same calls by the client alone", "bare-write-cpu", "us")
        say("added by the engine: \(hundredths(figure("create-cpu") - figure("bare-write-cpu"))) us")
        line("operations of a commit's transaction", "operations-per-commit", "")
        line("events of a bulk publish while writing", "events-per-publish-steady", "")
        line("events of a bulk publish when many wait", "events-per-publish", "")
        for name in ["one-owner", "thousand-owners"] {
            let who = name == "one-owner" ? "16 clients of one owner" : "64 clients of 1,000 owners"
            say(
                "a write of \(who): p50 \(hundredths(figure("\(name)-p50"))) ms, p99 \(hundredths(figure("\(name)-p99"))) ms"
            )
        }
        line("a read of a missing key by the client alone", "bare-read-cpu", "us")
        for size in [100, 1000, 10_000] { line("a list of 50 among \(size) tasks", "list-\(size)-cpu", "us") }
        line("the same of those that a filter of three comparisons matches, which are all", "list-filtered-cpu", "us")
        line("the same, sorted by title", "list-sorted-cpu", "us")
        line("the same, sorted by days in Berlin", "list-due-cpu", "us")
        line("a search for the beginning of a word in 10,000 descriptions", "list-searched-cpu", "us")
        line("a list of 50 among 10,000 tasks as of 64 changes before", "list-past-near-cpu", "us")
        line("the same as of 2,048 changes before", "list-past-far-cpu", "us")
        line("one of them as of 5,000 changes before", "task-past-cpu", "us")
        for size in [1, 10, 100] {
            line("a batch of \(size) creates, without publishing", "batch-\(size)-cpu", "us")
            line("operations a second in such batches", "batch-\(size)-rate", "")
        }
        line("a change of one field, without publishing", "change-cpu", "us")
        line("its undo", "undo-cpu", "us")
        line("memory of a task in a view", "task-memory", "bytes")
        line("a cold list of 10,000 tasks", "cold-load", "ms")
        line("its calls", "cold-load-calls", "")
        return [
            Outcome(name: "J1", value: figure("operations-per-commit"), relation: .atMost, bound: 2.02),
            Outcome(name: "J2", value: figure("list-10000-cpu") / figure("list-100-cpu"), relation: .atMost, bound: 2),
            Outcome(name: "J3", value: figure("relayed-rate"), relation: .atLeast, bound: 20_000),
            Outcome(name: "J4", value: figure("relayed-cpu"), relation: .atMost, bound: 15),
            Outcome(
                name: "J5",
                value: figure("list-sorted-cpu") / figure("list-filtered-cpu"),
                relation: .atMost,
                bound: 3
            ),
            Outcome(
                name: "J6",
                value: figure("list-past-near-cpu") / figure("list-10000-cpu"),
                relation: .atMost,
                bound: 200
            ),
            Outcome(
                name: "J7",
                value: figure("list-past-far-cpu") / figure("list-10000-cpu"),
                relation: .atMost,
                bound: 1200
            ),
            Outcome(
                name: "J8",
                value: figure("batch-100-cpu") / figure("batch-1-cpu"),
                relation: .atMost,
                bound: 12
            ),
            Outcome(name: "J9", value: figure("undo-cpu") / figure("change-cpu"), relation: .atMost, bound: 2),
        ]
    }

    private static func middle(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
    }

    private static func measure(resources: String) async throws -> [String: Double] {
        let port = freePort()
        let arguments = [
            "run", "--app-id", "bench", "--dapr-http-port", "\(port)", "--resources-path", resources, "--log-level",
            "error",
            "--enable-metrics=false",
        ]
        return try await Program.running("dev-sidecar", arguments, on: .rest, port: port) { _ in
            let text = try await Program.output("bench", ["--as", "journal", "\(port)"], on: .measured)
            var figures: [String: Double] = [:]
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: " ")
                guard parts.count == 2, let value = Double(parts[1]) else { throw BenchmarkError.unreadable(text) }
                figures[String(parts[0])] = value
            }
            return figures
        }
    }
}
