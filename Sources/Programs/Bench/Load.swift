import Foundation

/// Requests sent by wrk over kept connections.
enum Load {
    /// Loads a program and tells the CPU microseconds it spent on a request.
    ///
    /// With `endings` so many paths are asked for in turn, which differ in their last four characters.
    /// - Throws: ``BenchmarkError`` when wrk fails, or when answers other than 2xx and 3xx came.
    static func microsecondsPerRequest(
        _ program: Program,
        url: String,
        headers: [String] = [],
        endings: Int? = nil,
        connections: Int = 64,
        seconds: Int = 1
    ) async throws -> Double {
        let script = try endings.map(Self.script)
        // A file left in the folder for such does no harm.
        defer { if let script { try? FileManager.default.removeItem(at: script) } }
        let options = headers.flatMap { ["-H", $0] } + (script.map { ["-s", $0.path] } ?? [])
        _ = try await requests(url, options, connections, seconds: 1)
        let before = program.cpuMicroseconds()
        let count = try await requests(url, options, connections, seconds: seconds)
        return (program.cpuMicroseconds() - before) / count
    }

    /// How many requests a second a program answers to 64 connections that ask for a thousand paths in turn.
    static func requestsPerSecond(_ url: String, headers: [String]) async throws -> Double {
        let script = try Self.script(1000)
        // A file left in the folder for such does no harm.
        defer { try? FileManager.default.removeItem(at: script) }
        return try await requests(url, headers.flatMap { ["-H", $0] } + ["-s", script.path], 64, seconds: 2) / 2
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

    /// Has wrk ask for many paths in turn: the one of the URL, its last four characters replaced by a number in hexadecimal.
    private static func script(_ endings: Int) throws -> URL {
        let text = """
            local requests, at = {}, 0
            function init()
              for i = 1, \(endings) do
                requests[i] = wrk.format(nil, wrk.path:sub(1, -5) .. string.format("%04x", i))
              end
            end
            function request()
              at = at % #requests + 1
              return requests[at]
            end
            """
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString).lua")
        try Data(text.utf8).write(to: file)
        return file
    }

    private static func requests(
        _ url: String,
        _ options: [String],
        _ connections: Int,
        seconds: Int
    ) async throws -> Double {
        let text = try await Program.output(
            "wrk",
            ["-t1", "-c\(connections)", "-d\(seconds)s"] + options + [url],
            on: .rest
        )
        guard !text.contains("Non-2xx"), !text.contains("Socket errors"),
            let line = text.split(separator: "\n").first(where: { $0.contains(" requests in ") }),
            let count = Double(line.split(separator: " ").first ?? "")
        else { throw BenchmarkError.unreadable(text) }
        return count
    }
}
