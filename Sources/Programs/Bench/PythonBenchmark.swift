import Foundation

extension Benchmark {
    /// The folder with the Python yardsticks' interpreter; `make bench` makes it.
    private static let python = URL(fileURLWithPath: ".build/bench-venv/bin/python").path
    private static let scripts = URL(fileURLWithPath: "Sources/Programs/Yardsticks/python").path

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

    /// G8: how long a task's `GET` takes, one after another, beside FastAPI with aiohttp.
    static let fastAPI = Benchmark(
        title: "Median time of a task's GET, one after another, beside FastAPI",
        goals: ["G8"]
    ) {
        let (upstream, theirs) = (freePort(), freePort())
        let arguments = [
            "-m", "uvicorn", "--app-dir", scripts, "--port", "\(theirs)", "--log-level", "warning", "app:app",
        ]
        return try await withService(upstream: upstream) { ours, _, headers in
            try await Program.running(
                python,
                arguments,
                on: .measured,
                port: theirs,
                environment: ["SIDECAR": "http://127.0.0.1:\(upstream)"]
            ) { _ in
                let path = "api/tasks/019aa5c4-7b1e-7c3a-9d42-5f0e8a6b1c2d"
                let ratios = try await Comparison(
                    Subject(name: "task-server") {
                        try await Load.medianMicroseconds("http://127.0.0.1:\(ours)/\(path)", headers: headers)
                    },
                    to: Subject(name: "FastAPI") {
                        try await Load.medianMicroseconds("http://127.0.0.1:\(theirs)/\(path)", headers: [])
                    }
                ).ratios(rounds: 5)
                return [Outcome(name: "G8", value: ratios[0], relation: .atMost, bound: 0.5)]
            }
        }
    }
}
