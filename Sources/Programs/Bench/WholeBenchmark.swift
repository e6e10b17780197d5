import Foundation

extension Benchmark {
    /// A create through the whole service, with its event published and counted, beside FastAPI that saves and publishes.
    static let create = Benchmark(
        title:
            "CPU of a create through the whole service, with its event counted, 64 callers, beside FastAPI that only writes",
        goals: ["create-whole"]
    ) {
        _ = try await ratio(of: "create", sidecar: "dev", what: "dev-sidecar, all in its memory")
        guard FileManager.default.fileExists(atPath: "../shared/real/real") else {
            say("There is no real daprd beside the checkout, so create-whole is not decided.")
            return []
        }
        let create = try await ratio(of: "create", sidecar: "daprd", what: "daprd, PostgreSQL and Kafka")
        // docs/performance.md shows by counts why it is not more, and what could be aimed at.
        return [Outcome(name: "create-whole", value: create, relation: .atLeast, bound: 2.5)]
    }

    /// Reads, lists, and a mixture of all through the whole service, beside FastAPI with aiohttp.
    static let whole = Benchmark(
        title: "CPU of reads, lists and a mixture through the whole service and dev-sidecar, beside FastAPI",
        goals: ["whole-get", "whole-list", "whole-mixed"]
    ) {
        var outcomes: [Outcome] = []
        for (kind, bound) in [("get", 8.0), ("list", 8), ("mixed", 5)] {
            let found = try await ratio(of: kind, sidecar: "dev", what: "dev-sidecar, all in its memory")
            outcomes.append(Outcome(name: "whole-\(kind)", value: found, relation: .atLeast, bound: bound))
        }
        return outcomes
    }

    /// How long requests take that come at a fixed rate.
    static let openLoop = Benchmark(
        title: "1,000 requests a second to users of 10,000 tasks, waiting counted, on dev-sidecar and SQLite",
        goals: ["open-p95", "open-p99"]
    ) {
        let times = try await figures(".ci/real/open_loop.py", ["--sidecar", "dev"])
        guard times.count == 2 else { throw BenchmarkError.unreadable("\(times)") }
        return [
            Outcome(name: "open-p95", value: times[0], relation: .atMost, bound: 200),
            Outcome(name: "open-p99", value: times[1], relation: .atMost, bound: 500),
        ]
    }

    private static func ratio(of kind: String, sidecar: String, what: String) async throws -> Double {
        let ratios = try await figures(".ci/real/whole_cost.py", [kind, "--sidecar", sidecar])
        guard let ratio = ratios.first else { throw BenchmarkError.unreadable("no ratio") }
        say("\(kind) on \(what): FastAPI's CPU is \(hundredths(ratio)) of ours")
        return ratio
    }

    /// The figures on the last line that a script prints; the others are shown.
    private static func figures(_ script: String, _ arguments: [String]) async throws -> [Double] {
        let text = try await Program.output(
            URL(fileURLWithPath: ".build/bench-venv/bin/python").path,
            [script] + arguments + ["--programs", Program.folder.path],
            on: .any
        )
        let lines = text.split(separator: "\n")
        for line in lines.dropLast() { say(String(line)) }
        return lines.last?.split(separator: " ").compactMap { Double($0) } ?? []
    }
}
