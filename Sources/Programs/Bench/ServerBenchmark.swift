extension Benchmark {
    /// What a request costs our server beside one to libmicrohttpd from C.
    static let server = Benchmark(
        title: "CPU of a request, 64 connections, beside libmicrohttpd driven from C",
        goals: ["server", "server-waiting"]
    ) {
        let atOnce = try await Comparison(
            Subject(name: "HTTPServer") { try await cost("bench") { ["--as", "server", "\($0)"] } },
            to: Subject(name: "libmicrohttpd from C") { try await cost("yardstick-microhttpd") { ["\($0)"] } }
        ).ratios()
        let waiting = try await Comparison(
            Subject(name: "HTTPServer, waiting") {
                try await cost("bench") { ["--as", "server", "\($0)", "waiting"] }
            },
            to: Subject(name: "libmicrohttpd from C, waiting") {
                try await cost("yardstick-microhttpd") { ["\($0)", "waiting"] }
            }
        ).ratios()
        return [
            Outcome(name: "server", value: atOnce[0], relation: .atMost, bound: 1.3),
            Outcome(name: "server-waiting", value: waiting[0], relation: .atMost, bound: 1.25),
        ]
    }

    /// What a request costs a server that is started for it.
    static func cost(_ program: String, _ arguments: (Int) -> [String]) async throws -> Double {
        let port = freePort()
        return try await Program.running(program, arguments(port), on: .measured, port: port) {
            try await Load.microsecondsPerRequest($0, url: "http://127.0.0.1:\(port)/hello")
        }
    }
}
