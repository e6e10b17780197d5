import Dapr
import DaprCurl
import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprLibcurl
import DaprOperatingSystem
import Foundation
import Synchronization

/// The programs that the benchmarks measure beside their yardsticks: each the least that uses one of our parts.
enum MeasuredProgram {
    static func run(_ arguments: [String]) async throws {
        ProcessMemory.keepFreed()
        switch arguments.first {
        case "client":
            try await client(
                port: number(arguments, 1),
                callers: number(arguments, 2),
                seconds: number(arguments, 3),
                hung: number(arguments, 4)
            )
        case "curl":
            try await curl(port: number(arguments, 1), callers: number(arguments, 2), seconds: number(arguments, 3))
        case "metrics": Benchmark.sayCostOfCounting()
        case "json": say("\(try JSONExchange.cost(arguments.last ?? ""))")
        case "server": try await server(port: number(arguments, 1), waits: arguments.last == "waiting")
        case "journal": try await JournalProgram(port: number(arguments, 1)).run()
        case "subscriber":
            try await Subscriber.run(
                sidecarPort: number(arguments, 1),
                port: number(arguments, 2),
                topics: max(1, number(arguments, 3)),
                seconds: number(arguments, 4)
            )
        default: throw BenchmarkError.unreadable(arguments.joined(separator: " "))
        }
    }

    private static func number(_ arguments: [String], _ index: Int) -> Int {
        arguments.indices.contains(index) ? Int(arguments[index]) ?? 0 : 0
    }

    /// Reads a state key again and again with the Dapr client, on one loop, beside calls that are never answered.
    private static func client(port: Int, callers: Int, seconds: Int, hung: Int) async throws {
        let loops = try EventLoopGroup(count: 1)
        let transport = DaprCurlTransport(
            endpoint: try DaprEndpoint(parsing: "http://127.0.0.1:\(port)"),
            client: try CurlClient(on: loops)
        )
        let dapr = DaprClient(transport: transport)
        for _ in 0..<hung {
            // They end with the program.
            Task { try await transport.send(DaprRequest(method: "GET", path: "/slow", timeout: .seconds(600))) }
        }
        let trace = TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        try await measure(loops, callers: callers, seconds: seconds) {
            let entry = try await dapr.getState("x", in: "statestore", trace: trace)
            guard entry?.value.isEmpty == false else { throw BenchmarkError.unreadable("an empty answer") }
        }
    }

    /// The same with the HTTP client alone.
    private static func curl(port: Int, callers: Int, seconds: Int) async throws {
        let loops = try EventLoopGroup(count: 1)
        let client = try CurlClient(on: loops)
        var request = CurlRequest(
            url: "http://127.0.0.1:\(port)",
            headers: [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
        )
        request.target = "/v1.0/state/statestore/x"
        let call = request
        try await measure(loops, callers: callers, seconds: seconds) {
            let response = try await client.send(call)
            guard response.status == 200 else { throw BenchmarkError.unreadable("status \(response.status)") }
        }
    }

    /// Prints the CPU microseconds of a call when so many callers make one after another.
    private static func measure(
        _ loops: EventLoopGroup,
        callers: Int,
        seconds: Int,
        _ call: @escaping @Sendable () async throws -> Void
    ) async throws {
        let tally = Tally()
        let loop = loops.loops[0]
        var tasks: [Task<Void, any Error>] = []
        for _ in 0..<callers {
            tasks.append(
                Task(executorPreference: loop) { @Sendable in
                    while !tally.isOver.load(ordering: .relaxed) {
                        try await call()
                        tally.calls.wrappingAdd(1, ordering: .relaxed)
                    }
                }
            )
        }
        try await Task.sleep(for: .milliseconds(500))
        let (callsBefore, cpuBefore) = (tally.calls.load(ordering: .relaxed), cpuMicroseconds())
        try await Task.sleep(for: .seconds(seconds))
        let (callsAfter, cpuAfter) = (tally.calls.load(ordering: .relaxed), cpuMicroseconds())
        tally.isOver.store(true, ordering: .relaxed)
        for task in tasks { try await task.value }
        say("\((cpuAfter - cpuBefore) / Double(callsAfter - callsBefore))")
    }

    private final class Tally: Sendable {
        let calls = Atomic(0)
        let isOver = Atomic(false)
    }

    /// Answers what the libmicrohttpd yardstick does, at once or after it waited for the loop's next turn.
    private static func server(port: Int, waits: Bool) async throws {
        let loops = try EventLoopGroup(count: 1)
        let server = HTTPServer(
            HTTPServer.Configuration(address: .tcp(host: "127.0.0.1", port: port)),
            on: loops,
            handler: Hello(waits: waits)
        )
        try await server.start()
        _ = await ProcessSignals.wait(for: [SIGTERM, SIGINT])
        await server.drain(within: .seconds(1))
        exit(0)
    }

    private struct Hello: HTTPHandler {
        let waits: Bool
        private static let body = Array(#"{"id":"018f","title":"Buy milk","done":false}"#.utf8)

        func accept(_ head: HTTPRequest) -> HTTPAcceptance {
            .collect(limit: 1000) { [waits] _ in
                if waits { await Task.yield() }
                return HTTPResponse(.ok, headers: ["Content-Type": "application/json"], body: Hello.body)
            }
        }
    }
}
