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

    /// The figure that a program prints.
    static func figure(_ program: String, _ arguments: [String]) async throws -> Double {
        let text = try await Program.output(program, arguments, on: .measured)
        guard let value = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw BenchmarkError.unreadable(text)
        }
        return value
    }
}
