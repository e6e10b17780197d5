extension Benchmark {
    /// What a request costs our server beside one to libmicrohttpd from C.
    static let server = Benchmark(
        title: "CPU of a request, 64 connections, beside libmicrohttpd driven from C",
        goals: ["server", "server-waiting"]
    ) {
        var atOnce: [Double] = []
        var waiting: [Double] = []
        for round in 1...5 {
            let floor = try await cost("yardstick-microhttpd") { ["\($0)"] }
            let ours = try await cost("bench") { ["--as", "server", "\($0)"] }
            let floorWaiting = try await cost("yardstick-microhttpd") { ["\($0)", "waiting"] }
            let oursWaiting = try await cost("bench") { ["--as", "server", "\($0)", "waiting"] }
            atOnce.append(ours / floor)
            waiting.append(oursWaiting / floorWaiting)
            say(
                "round \(round): at once: C \(hundredths(floor)) us, ours \(hundredths(ours)) us; "
                    + "waiting: C \(hundredths(floorWaiting)) us, ours \(hundredths(oursWaiting)) us a request"
            )
        }
        return [
            Outcome(name: "server", value: median(atOnce), relation: .atMost, bound: 1.3),
            Outcome(name: "server-waiting", value: median(waiting), relation: .atMost, bound: 1.25),
        ]
    }

    private static func cost(_ program: String, _ arguments: (Int) -> [String]) async throws -> Double {
        let port = freePort()
        return try await Program.running(program, arguments(port), on: .measured, port: port) {
            try await Load.microsecondsPerRequest($0, url: "http://127.0.0.1:\(port)/hello")
        }
    }
}
