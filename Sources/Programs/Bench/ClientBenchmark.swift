import Foundation

extension Benchmark {
    /// G1: what a call with our client costs beside one with libcurl from C.
    static let client = Benchmark(
        title: "CPU of a state read, 64 callers, beside libcurl driven from C",
        goals: ["G1"]
    ) {
        let port = freePort()
        return try await Program.running("yardstick-upstream", ["\(port)", "unused"], on: .rest, port: port) { _ in
            let url = "http://127.0.0.1:\(port)/v1.0/state/statestore/x"
            let comparison = Comparison(
                Subject(name: "Curl") { try await figure("bench", ["--as", "curl", "\(port)", "64", "1"]) },
                Subject(name: "Dapr") { try await figure("bench", ["--as", "client", "\(port)", "64", "1"]) },
                to: Subject(name: "libcurl from C") { try await figure("yardstick-libcurl", [url, "64", "1"]) }
            )
            let ratios = try await comparison.ratios()
            say("Curl alone: \(hundredths(ratios[0]))")
            return [Outcome(name: "G1", value: ratios[1], relation: .atMost, bound: 1.15)]
        }
    }

    /// G2: what a call costs with Foundation's client beside ours.
    ///
    /// The goal of 18 was set where `URLSession` cost 21 times libcurl from C. Nobody who calls libcurl can cost less than that, so the
    /// bound keeps its proportion to what libcurl from C reaches in the same run.
    static let urlSession = Benchmark(
        title: "CPU of a state read, 64 callers, with URLSession beside ours",
        goals: ["G2"]
    ) {
        let port = freePort()
        return try await Program.running("yardstick-upstream", ["\(port)", "unused"], on: .rest, port: port) { _ in
            let url = "http://127.0.0.1:\(port)/v1.0/state/statestore/x"
            let ratios = try await Comparison(
                Subject(name: "URLSession") { try await figure("yardstick-urlsession", [url, "64", "1"], on: .any) },
                Subject(name: "libcurl from C") {
                    try await figure("yardstick-libcurl", [url, "64", "1"], on: .any)
                },
                to: Subject(name: "Dapr") {
                    try await figure("bench", ["--as", "client", "\(port)", "64", "1"], on: .any)
                }
            ).ratios()
            let reachable = ratios[0] / ratios[1]
            say("URLSession to libcurl from C: \(hundredths(reachable))")
            return [Outcome(name: "G2", value: ratios[0], relation: .atLeast, bound: reachable * 18 / 21)]
        }
    }

    /// G7: whether calls that hang make the others dearer.
    static let hungCalls = Benchmark(
        title: "CPU of a state read, 64 callers, while 200 other calls hang, beside none",
        goals: ["G7"]
    ) {
        let port = freePort()
        return try await Program.running("yardstick-upstream", ["\(port)", "unused"], on: .rest, port: port) { _ in
            let client = ["--as", "client", "\(port)", "64", "1"]
            let ratios = try await Comparison(
                Subject(name: "200 hung") { try await figure("bench", client + ["200"]) },
                to: Subject(name: "none") { try await figure("bench", client) }
            ).ratios()
            return [Outcome(name: "G7", value: ratios[0], relation: .atMost, bound: 1.1)]
        }
    }

    /// The figure that a program prints.
    static func figure(
        _ program: String,
        _ arguments: [String],
        on core: Program.Core = .measured
    ) async throws -> Double {
        let text = try await Program.output(program, arguments, on: core)
        guard let value = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw BenchmarkError.unreadable(text)
        }
        return value
    }
}
