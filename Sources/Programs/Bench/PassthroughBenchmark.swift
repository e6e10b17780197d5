import Foundation

extension Benchmark {
    /// G3: what a task's `GET` costs the whole service, beside the least that can be: libmicrohttpd with a suspension, and one
    /// call of libcurl, both from C.
    static let passthrough = Benchmark(
        title: "CPU of a task's GET through the whole service, 64 connections, beside its two libraries from C",
        goals: ["G3"]
    ) {
        let upstream = freePort()
        return try await withService(upstream: upstream) { app, service, headers in
            let url = "http://127.0.0.1:\(upstream)/v1.0/state/statestore/x"
            @Sendable func reading(_ port: Int, _ service: Program) async throws -> Double {
                try await Load.microsecondsPerRequest(
                    service,
                    url: "http://127.0.0.1:\(port)/api/tasks/019aa5c4-7b1e-7c3a-9d42-5f0e8a6b1c2d",
                    headers: headers,
                    endings: 1000
                )
            }
            let second = freePort()
            let ratios = try await taskServer(second, upstream, ["--reads-per-call", "1"]) { alone in
                try await Comparison(
                    Subject(name: "task-server") { try await reading(app, service) },
                    Subject(name: "with a call for each read") { try await reading(second, alone) },
                    to: Subject(name: "libmicrohttpd and libcurl from C") {
                        try await cost("yardstick-microhttpd") { ["\($0)", "waiting"] }
                            + figure("yardstick-libcurl", [url, "64", "1"])
                    }
                ).ratios()
            }
            say("With a call for each read: \(hundredths(ratios[1]))")
            return [Outcome(name: "G3", value: ratios[0], relation: .atMost, bound: 1.5)]
        }
    }

    /// Lends the whole service on a core of its own, with a sidecar that costs next to nothing: its port, and the headers of a user.
    static func withService<T>(
        upstream: Int,
        loops: Int = 1,
        _ body: (_ port: Int, _ service: Program, _ headers: [String]) async throws -> T
    ) async throws -> T {
        let secret = "benchmark-secret-of-at-least-32-bytes"
        let app = freePort()
        let secrets = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString).json")
        try Data(#"{"jwt-secret":"\#(secret)","server-secret":"\#(secret)"}"#.utf8).write(to: secrets)
        defer { try? FileManager.default.removeItem(at: secrets) }  // A file left in the folder for such does no harm.
        let token = try await Program.output(
            "task-server",
            ["token", "--user", "demo", "--secrets-file", secrets.path],
            on: .rest
        )
        .trimmingCharacters(in: .whitespacesAndNewlines)
        return try await Program.running("yardstick-upstream", ["\(upstream)", secret], on: .rest, port: upstream) {
            _ in
            try await taskServer(app, upstream, loops: loops) { service in
                try await body(app, service, ["Authorization: Bearer \(token)"])
            }
        }
    }

    private static func taskServer<T>(
        _ port: Int,
        _ upstream: Int,
        _ options: [String] = [],
        loops: Int = 1,
        _ body: (Program) async throws -> T
    ) async throws -> T {
        try await Program.running(
            "task-server",
            ["serve", "--app-port", "\(port)", "--loops", "\(loops)", "--log-level", "warning"] + options,
            on: loops > 1 ? .any : .measured,
            port: port,
            // The second as the image sets it.
            environment: ["DAPR_HTTP_PORT": "\(upstream)", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=127"],
            body
        )
    }
}
