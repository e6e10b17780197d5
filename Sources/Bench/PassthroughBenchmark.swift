import Foundation

extension Benchmark {
    /// G3: what a task's `GET` costs the whole service, beside the least that can be: libmicrohttpd with a suspension, and one
    /// call of libcurl, both from C.
    static let passthrough = Benchmark(
        title: "CPU of a task's GET through the whole service, 64 connections, beside its two libraries from C",
        goals: ["G3"]
    ) {
        let secret = "benchmark-secret-of-at-least-32-bytes"
        let upstream = freePort()
        let app = freePort()
        let secrets = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString).json")
        try Data(#"{"jwt-secret":"\#(secret)"}"#.utf8).write(to: secrets)
        defer { try? FileManager.default.removeItem(at: secrets) }  // A file left in the folder for such does no harm.
        let token = try await Program.output(
            "task-server",
            ["token", "--user", "demo", "--secrets-file", secrets.path],
            on: .rest
        )
        .trimmingCharacters(in: .whitespacesAndNewlines)
        return try await Program.running("yardstick-upstream", ["\(upstream)", secret], on: .rest, port: upstream) {
            _ in
            let arguments = ["serve", "--app-port", "\(app)", "--loops", "1", "--log-level", "warning"]
            return try await Program.running(
                "task-server",
                arguments,
                on: .measured,
                port: app,
                environment: ["DAPR_HTTP_PORT": "\(upstream)"]
            ) { service in
                var ratios: [Double] = []
                for round in 1...7 {
                    let serving = freePort()
                    let server = try await Program.running(
                        "yardstick-microhttpd",
                        ["\(serving)", "waiting"],
                        on: .measured,
                        port: serving
                    ) {
                        try await Load.microsecondsPerRequest($0, url: "http://127.0.0.1:\(serving)/hello")
                    }
                    let url = "http://127.0.0.1:\(upstream)/v1.0/state/statestore/x"
                    let text = try await Program.output("yardstick-libcurl", [url, "64", "2"], on: .measured)
                    guard let client = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                        throw BenchmarkError.unreadable(text)
                    }
                    let ours = try await Load.microsecondsPerRequest(
                        service,
                        url: "http://127.0.0.1:\(app)/api/tasks/019aa5c4-7b1e-7c3a-9d42-5f0e8a6b1c2d",
                        headers: ["Authorization: Bearer \(token)"]
                    )
                    ratios.append(ours / (server + client))
                    say(
                        "round \(round): C \(hundredths(server)) + \(hundredths(client)) us, task-server \(hundredths(ours)) us a GET"
                    )
                }
                return [Outcome(name: "G3", value: median(ratios), relation: .atMost, bound: 1.5)]
            }
        }
    }
}
