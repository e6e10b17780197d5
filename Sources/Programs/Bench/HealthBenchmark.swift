extension Benchmark {
    /// How long `/health` takes while 64 connections ask for tasks without a pause, beside a server that has nothing to do.
    static let health = Benchmark(
        title: "/health of a busy server, one loop: what 64 connections with reads of tasks make of it",
        goals: ["health"]
    ) {
        let upstream = freePort()
        return try await withService(upstream: upstream) { app, _, headers in
            let health = "http://127.0.0.1:\(app)/health"
            let task = "http://127.0.0.1:\(app)/api/tasks/019aa5c4-7b1e-7c3a-9d42-5f0e8a6b1c2d"
            let idle = try await Load.latencies(health)
            let busy = try await Load.beside(task, headers: headers) {
                var rounds: [(median: Double, slowest: Double)] = []
                for _ in 0..<3 { rounds.append(try await Load.latencies(health)) }
                return (median: lowerQuartile(rounds.map(\.median)), slowest: lowerQuartile(rounds.map(\.slowest)))
            }
            say("idle: median \(hundredths(idle.median / 1000)) ms, 99 % within \(hundredths(idle.slowest / 1000)) ms")
            say(
                "busy: median \(hundredths(busy.median / 1000)) ms, \(hundredths(busy.median / idle.median)) times as long"
            )
            return [Outcome(name: "health", value: busy.slowest / 1000, relation: .atMost, bound: 10)]
        }
    }
}
