import Foundation

/// Requests sent by wrk over kept connections.
enum Load {
    /// Loads a program and tells the CPU microseconds it spent on a request.
    ///
    /// - Throws: ``BenchmarkError`` when wrk fails, or when answers other than 2xx and 3xx came.
    static func microsecondsPerRequest(
        _ program: Program,
        url: String,
        headers: [String] = [],
        connections: Int = 64,
        seconds: Int = 1
    ) async throws -> Double {
        _ = try await requests(url, headers, connections, seconds: 1)
        let before = program.cpuMicroseconds()
        let count = try await requests(url, headers, connections, seconds: seconds)
        return (program.cpuMicroseconds() - before) / count
    }

    /// The median time of a request, of many that one connection sends one after another.
    static func medianMicroseconds(_ url: String, headers: [String]) async throws -> Double {
        let text = try await Program.output(
            "wrk",
            ["-t1", "-c1", "-d1s", "--latency"] + headers.flatMap { ["-H", $0] } + [url],
            on: .rest
        )
        guard !text.contains("Non-2xx"), !text.contains("Socket errors"),
            let median = text.firstMatch(of: /50%\s+([\d.]+)(us|ms)/), let value = Double(median.1)
        else { throw BenchmarkError.unreadable(text) }
        return median.2 == "ms" ? value * 1000 : value
    }

    private static func requests(
        _ url: String,
        _ headers: [String],
        _ connections: Int,
        seconds: Int
    ) async throws -> Double {
        let text = try await Program.output(
            "wrk",
            ["-t1", "-c\(connections)", "-d\(seconds)s"] + headers.flatMap { ["-H", $0] } + [url],
            on: .rest
        )
        guard !text.contains("Non-2xx"), !text.contains("Socket errors"),
            let line = text.split(separator: "\n").first(where: { $0.contains(" requests in ") }),
            let count = Double(line.split(separator: " ").first ?? "")
        else { throw BenchmarkError.unreadable(text) }
        return count
    }
}
