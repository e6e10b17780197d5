import Foundation

extension Benchmark {
    /// The folder with the Python yardsticks' interpreter; `make bench` makes it.
    static let python = URL(fileURLWithPath: ".build/bench-venv/bin/python").path
    static let scripts = URL(fileURLWithPath: "Sources/Programs/Yardsticks/python").path

    /// A row without a goal: what a call costs with Python's aiohttp, beside ours.
    static let aiohttp = Benchmark(title: "CPU of a state read with Python's aiohttp, beside ours", goals: ["aiohttp"])
    {
        let port = freePort()
        return try await Program.running("yardstick-upstream", ["\(port)", "unused"], on: .rest, port: port) { _ in
            let url = "http://127.0.0.1:\(port)/v1.0/state/statestore/x"
            for callers in ["1", "64"] {
                let ratios = try await Comparison(
                    Subject(name: "aiohttp, \(callers) at once") {
                        try await figure(python, ["\(scripts)/client.py", url, callers, "1"])
                    },
                    to: Subject(name: "Dapr, \(callers) at once") {
                        try await figure("bench", ["--as", "client", "\(port)", callers, "1"])
                    }
                ).ratios(rounds: 4)
                say("aiohttp, \(callers) at once: \(hundredths(ratios[0])) of ours")
            }
            return []
        }
    }

    /// What a task's `GET` takes beside FastAPI with aiohttp: the time of one after another (G8), the CPU (G5) and the
    /// rate (G6) at 64 connections.
    static let fastAPI = Benchmark(title: "A task's GET, beside FastAPI with aiohttp", goals: ["G5", "G6", "G8"]) {
        let upstream = freePort()
        let outcomes = try await withService(upstream: upstream) { ours, service, headers in
            try await withFastAPI(sidecar: upstream, workers: 1) { theirs, app in
                let (our, their) = ("http://127.0.0.1:\(ours)/\(path)", "http://127.0.0.1:\(theirs)/\(path)")
                say("One after another, microseconds:")
                let time = try await Comparison(
                    Subject(name: "task-server") { try await Load.medianMicroseconds(our, headers: headers) },
                    to: Subject(name: "FastAPI") { try await Load.medianMicroseconds(their, headers: []) }
                ).ratios(rounds: 5)[0]
                say("64 at once, microseconds of CPU a request:")
                let cost = try await Comparison(
                    Subject(name: "FastAPI") { try await Load.microsecondsPerRequest(app, url: their, endings: 1000) },
                    to: Subject(name: "task-server") {
                        try await Load.microsecondsPerRequest(service, url: our, headers: headers, endings: 1000)
                    }
                ).ratios(rounds: 8)[0]
                let rate = try await rates(our, headers, their)
                return [
                    Outcome(name: "G8", value: time, relation: .atMost, bound: 0.5),
                    Outcome(name: "G5", value: cost, relation: .atLeast, bound: 8),
                    Outcome(name: "G6", value: rate, relation: .atLeast, bound: 8),
                ]
            }
        }
        let both = try await withService(upstream: upstream, loops: 2) { ours, _, headers in
            try await withFastAPI(sidecar: upstream, workers: 2) { theirs, _ in
                try await rates("http://127.0.0.1:\(ours)/\(path)", headers, "http://127.0.0.1:\(theirs)/\(path)")
            }
        }
        return outcomes + [Outcome(name: "G6", value: both, relation: .atLeast, bound: 6)]
    }

    private static let path = "api/tasks/019aa5c4-7b1e-7c3a-9d42-5f0e8a6b1c2d"

    /// How many requests a second ours answers for one of FastAPI's.
    private static func rates(_ ours: String, _ headers: [String], _ theirs: String) async throws -> Double {
        say("64 at once, microseconds between answers:")
        return try await Comparison(
            Subject(name: "FastAPI") { try await 1e6 / Load.requestsPerSecond(theirs, headers: []) },
            to: Subject(name: "task-server") { try await 1e6 / Load.requestsPerSecond(ours, headers: headers) }
        ).ratios(rounds: 6)[0]
    }

    /// Lends FastAPI's service: its port, and the program.
    private static func withFastAPI<T>(
        sidecar: Int,
        workers: Int,
        _ body: (_ port: Int, _ app: Program) async throws -> T
    ) async throws -> T {
        let port = freePort()
        let arguments = ["-m", "uvicorn", "--app-dir", scripts, "--port", "\(port)", "--log-level", "warning"]
        return try await Program.running(
            python,
            arguments + (workers > 1 ? ["--workers", "\(workers)"] : []) + ["app:app"],
            on: workers > 1 ? .any : .measured,
            port: port,
            environment: ["SIDECAR": "http://127.0.0.1:\(sidecar)"]
        ) { app in try await body(port, app) }
    }
}
