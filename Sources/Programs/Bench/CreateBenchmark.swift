import Foundation

extension Benchmark {
    /// A create through the whole service, with its event published and counted, beside FastAPI that saves and publishes.
    static let create = Benchmark(
        title:
            "CPU of a create through the whole service, with its event counted, 64 callers, beside FastAPI that only writes",
        goals: ["create-whole"]
    ) {
        _ = try await createRatio(sidecar: "dev", what: "dev-sidecar, all in its memory")
        guard FileManager.default.fileExists(atPath: "../shared/real/real") else {
            say("There is no real daprd beside the checkout, so create-whole is not decided.")
            return []
        }
        let ratio = try await createRatio(sidecar: "daprd", what: "daprd, PostgreSQL and Kafka")
        // docs/performance.md shows by counts why it is not more, and what could be aimed at.
        return [Outcome(name: "create-whole", value: ratio, relation: .atLeast, bound: 2.5)]
    }

    private static func createRatio(sidecar: String, what: String) async throws -> Double {
        let text = try await Program.output(
            URL(fileURLWithPath: ".build/bench-venv/bin/python").path,
            [".ci/real/create_cost.py", "--sidecar", sidecar, "--programs", Program.folder.path],
            on: .any
        )
        for line in text.split(separator: "\n").dropLast() { say(String(line)) }
        guard let ratio = text.split(separator: "\n").last.flatMap({ Double($0) }) else {
            throw BenchmarkError.unreadable(text)
        }
        say("on \(what): FastAPI's CPU is \(hundredths(ratio)) of ours")
        return ratio
    }
}
