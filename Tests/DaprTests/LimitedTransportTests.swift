import Dapr
import Synchronization
import TestSupport
import TestTools
import Testing

/// Answers when told, and knows how many calls it has.
private final class HeldTransport: DaprTransport {
    private struct State {
        var held: [CheckedContinuation<Void, Never>] = []
        var paths: [String] = []
        var most = 0
    }

    private let state = Mutex(State())

    /// How many calls wait for their answer.
    var held: Int { state.withLock { $0.held.count } }
    /// The most calls that waited at once.
    var most: Int { state.withLock { $0.most } }
    /// Every path, in the order they came.
    var paths: [String] { state.withLock { $0.paths } }

    func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.paths.append(request.path)
                state.held.append(continuation)
                state.most = max(state.most, state.held.count)
            }
        }
        return DaprResponse(status: 204)
    }

    /// Answers the call that waits longest.
    func answerOne() {
        let first = state.withLock { $0.held.isEmpty ? nil : $0.held.removeFirst() }
        first?.resume()
    }
}

struct LimitedTransportTests {
    private static func request(_ name: String, timeout: Duration = .seconds(60)) -> DaprRequest {
        DaprRequest(method: "GET", path: "/\(name)", timeout: timeout)
    }

    @Test func `no more calls than the limit are under way, and those in line come in their order`() async throws {
        let held = HeldTransport()
        let limited = LimitedTransport(held, calls: 2)
        var calls: [Task<Int, any Error>] = []
        for index in 0..<6 {
            calls.append(Task { try await limited.send(Self.request("\(index)")).status })
            // Each stands in line before the next comes.
            try await eventually { held.held + limited.waiting == index + 1 }
        }
        #expect(held.held == 2)
        for done in 1...6 {
            held.answerOne()
            try await eventually { held.paths.count == min(6, done + 2) }
        }
        for call in calls { #expect(try await call.value == 204) }
        #expect(held.paths == (0..<6).map { "/\($0)" })
        #expect(held.most == 2)
    }

    @Test func `copies share their places`() async throws {
        let held = HeldTransport()
        let limited = LimitedTransport(held, calls: 1)
        let copy = limited
        let first = Task { try await limited.send(Self.request("a")) }
        try await eventually { held.held == 1 }
        let second = Task { try await copy.send(Self.request("b")) }
        try await eventually { limited.waiting == 1 }
        held.answerOne()
        try await eventually { held.held == 1 }
        held.answerOne()
        _ = try await (first.value, second.value)
        #expect(held.most == 1)
    }

    @Test func `a caller that is cancelled in line leaves it, and nothing was sent`() async throws {
        let held = HeldTransport()
        let limited = LimitedTransport(held, calls: 1)
        let dapr = DaprClient(transport: limited)
        let first = Task { try await limited.send(Self.request("a")) }
        try await eventually { held.held == 1 }
        let waiting = Task { try await dapr.deleteState("b", in: "s") }
        try await eventually { limited.waiting == 1 }
        waiting.cancel()
        let error = try await #require(throws: DaprError.self) { try await waiting.value }
        #expect(error.kind == .cancelled)
        #expect(!error.outcomeUnknown)
        #expect(limited.waiting == 0)
        held.answerOne()
        _ = try await first.value
        // Its place was not lost with it.
        let next = Task { try await limited.send(Self.request("c")) }
        try await eventually { held.held == 1 }
        held.answerOne()
        _ = try await next.value
        #expect(held.paths == ["/a", "/c"])
    }

    @Test func `a call whose time runs out in line was not sent`() async throws {
        let held = HeldTransport()
        let limited = LimitedTransport(held, calls: 1)
        let first = Task { try await limited.send(Self.request("a")) }
        try await eventually { held.held == 1 }
        let dapr = DaprClient(transport: limited, timeout: .milliseconds(20))
        let error = try await #require(throws: DaprError.self) { try await dapr.deleteState("b", in: "s") }
        #expect(error.kind == .unreachable)
        #expect(!error.outcomeUnknown)
        held.answerOne()
        _ = try await first.value
        #expect(held.paths == ["/a"])
    }

    @Test func `what a call waited is taken from its time`() async throws {
        let gate = HeldTransport()
        let times = Mutex<[Duration]>([])
        let stub = StubTransport { request in
            times.withLock { $0.append(request.timeout) }
            _ = try? await gate.send(request)  // It never fails.
            return .status(204)
        }
        let limited = LimitedTransport(stub, calls: 1)
        let first = Task { try await limited.send(Self.request("a")) }
        try await eventually { gate.held == 1 }
        let second = Task { try await limited.send(Self.request("b")) }
        try await eventually { limited.waiting == 1 }
        try await Task.sleep(for: .milliseconds(30))
        gate.answerOne()
        try await eventually { gate.held == 1 }
        gate.answerOne()
        _ = try await (first.value, second.value)
        let left = try #require(times.withLock { $0.last })
        #expect((Duration.seconds(1)...Duration.seconds(60) - .milliseconds(30)).contains(left))
    }

    /// Callers come, are cancelled or run out of time as the seed says; whatever they do, all places are free at the end.
    @Test(arguments: 1...20)
    func `no place is lost, whoever stops waiting`(seed: Int) async throws {
        var numbers = SeededRandom(seed: UInt64(seed))
        let held = HeldTransport()
        let stub = StubTransport { request in
            await Task.yield()
            if request.path == "/held" { _ = try? await held.send(request) }  // It never fails.
            return .status(204)
        }
        let limited = LimitedTransport(stub, calls: 3)
        let sent = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 {
                let timeout = Duration.microseconds(numbers.below(3) == 0 ? numbers.below(300) : 60_000_000)
                let cancels = numbers.below(3) == 0
                group.addTask {
                    let call = Task { try await limited.send(Self.request("x", timeout: timeout)) }
                    if cancels { call.cancel() }
                    return (try? await call.value) != nil  // Those that stopped waiting are counted by their absence.
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(sent == stub.requests.count)
        #expect(limited.waiting == 0)
        // Three can be under way at once still, and the fourth waits.
        let calls = (0..<4).map { _ in Task { try await limited.send(Self.request("held")) } }
        try await eventually { held.held == 3 && limited.waiting == 1 }
        for _ in calls {
            try await eventually { held.held > 0 }
            held.answerOne()
        }
        for call in calls { _ = try await call.value }
    }
}
