import Foundation

extension Benchmark {
    /// How many events a second go through dev-sidecar to a subscriber, and what each costs it; without a goal.
    static let deliveries = Benchmark(
        title: "events through dev-sidecar's pubsub.in-memory to a subscriber, 64 publishers that wait for theirs",
        goals: ["deliveries"]
    ) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // A folder left among such does no harm.
        let component =
            "{apiVersion: dapr.io/v1alpha1, kind: Component, metadata: {name: bus}, spec: {type: pubsub.in-memory}}"
        try Data(component.utf8).write(to: folder.appendingPathComponent("bus.yaml"))
        for (topics, flags) in [(1, []), (16, []), (16, ["--enable-metrics=false"])] {
            var costs: [Double] = []
            var rates: [Double] = []
            for _ in 0..<5 {
                let (rate, cost) = try await measure(topics: topics, flags: flags, resources: folder.path)
                rates.append(rate)
                costs.append(cost)
            }
            let subscriptions = topics == 1 ? "1 subscription" : "\(topics) subscriptions"
            say(
                "\(subscriptions)\(flags.isEmpty ? "" : ", \(flags[0])"): \(Int(middle(of: rates))) deliveries a second, "
                    + "\(hundredths(middle(of: costs))) us of dev-sidecar's CPU for each publish with its delivery"
            )
        }
        return []
    }

    /// The middle of an odd number of values.
    private static func middle(of values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.indices.contains(sorted.count / 2) ? sorted[sorted.count / 2] : .nan
    }

    /// Deliveries a second, and the CPU microseconds of the sidecar for one.
    private static func measure(
        topics: Int,
        flags: [String],
        resources: String
    ) async throws -> (rate: Double, cost: Double) {
        let (port, app) = (freePort(), freePort())
        let arguments =
            [
                "run", "--app-id", "bench", "--dapr-http-port", "\(port)", "--app-port", "\(app)", "--resources-path",
                resources,
            ]
            + ["--log-level", "error"] + flags
        return try await Program.running("dev-sidecar", arguments, on: .measured, port: port) { sidecar in
            let before = sidecar.cpuMicroseconds()
            let text = try await Program.output(
                "bench",
                ["--as", "subscriber", "\(port)", "\(app)", "\(topics)", "2"],
                on: .rest
            )
            let used = sidecar.cpuMicroseconds() - before
            let figures = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
            guard figures.count == 2, figures[1] > 0 else { throw BenchmarkError.unreadable(text) }
            return (figures[0], used / figures[1])
        }
    }
}
