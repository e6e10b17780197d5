import DaprOperatingSystem
import Foundation

extension Benchmark {
    /// G10: how long a start takes to the first answer, beside FastAPI with aiohttp, and what memory the service needs then.
    static let start = Benchmark(
        title: "From the start to the first answer, beside FastAPI; memory of the service when it is idle",
        goals: ["G10", "memory"]
    ) {
        let upstream = freePort()
        return try await withService(upstream: upstream) { _, _, _ in
            var (ours, theirs, memory): ([Double], [Double], [Double]) = ([], [], [])
            for _ in 0..<7 {
                let port = freePort()
                let service = [
                    Program.folder.appendingPathComponent("task-server").path, "serve", "--app-port", "\(port)",
                    "--log-level", "warning",
                ]
                let environment = ["DAPR_HTTP_PORT": "\(upstream)", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=127"]
                let begun = try await started(service, environment, port, "/health")
                ours.append(begun.milliseconds)
                memory.append(begun.mebibytes)
                let theirPort = freePort()
                let app = [python, "-m", "uvicorn", "--app-dir", scripts, "--port", "\(theirPort)", "app:app"]
                let sidecar = ["SIDECAR": "http://127.0.0.1:\(upstream)"]
                theirs.append(try await started(app, sidecar, theirPort, "/openapi.json").milliseconds)
                say(
                    "task-server \(hundredths(ours.last ?? .nan)) ms, \(hundredths(begun.mebibytes)) MiB; FastAPI \(hundredths(theirs.last ?? .nan)) ms"
                )
            }
            return [
                Outcome(
                    name: "G10",
                    value: lowerQuartile(theirs) / lowerQuartile(ours),
                    relation: .atLeast,
                    bound: 30
                ),
                Outcome(name: "memory", value: lowerQuartile(memory), relation: .atMost, bound: 20),
            ]
        }
    }

    /// Starts a program, and ends it once it answers.
    private static func started(
        _ command: [String],
        _ environment: [String: String],
        _ port: Int,
        _ path: String
    ) async throws -> (milliseconds: Double, mebibytes: Double) {
        let begin = ContinuousClock.now
        let process = try await ChildProcess.start(
            ["/bin/sh", "-c", #"exec "$@" > /dev/null 2>&1"#, "sh"] + command,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }
        )
        var answers = false
        while !answers, begin.duration(to: .now) < .seconds(20) {
            answers = isAnswered(port, path)
            if !answers { usleep(500) }
        }
        let duration = begin.duration(to: .now)
        // What a start leaves behind is given back by then.
        try await Task.sleep(for: .seconds(1))
        let status = (try? String(contentsOfFile: "/proc/\(process.processID)/status", encoding: .utf8)) ?? ""
        process.send(SIGTERM)
        _ = await process.end()
        guard answers, let resident = status.firstMatch(of: /VmRSS:\s+(\d+) kB/), let kibibytes = Double(resident.1)
        else { throw BenchmarkError.notListening(command[0], port: port) }
        return (duration / .milliseconds(1), kibibytes / 1024)
    }
}
