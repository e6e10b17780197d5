import DaprEventLoop
import Synchronization
import Testing

@Suite struct WorkerThreadTests {
    @Test func `requests are done in order, those that wait together`() async throws {
        let gate = Gate()
        let thread = try await start(gate: gate, capacity: 100, batchLimit: 10)
        let first = Task { await thread.ask(0) }
        await gate.untilEntered()
        var rest: [Task<Answer, Never>] = []
        for number in 1...15 {
            let before = rest.count
            rest.append(Task { await thread.ask(number) })
            while thread.probe.withLock({ $0 }) < before + 2 { await Task.yield() }
        }
        gate.open()
        #expect(await first.value == .done(batch: [0]))
        let answers = await answers(rest)
        #expect(answers.prefix(10).allSatisfy { $0 == .done(batch: Array(1...10)) })
        #expect(answers.suffix(5).allSatisfy { $0 == .done(batch: Array(11...15)) })
        await thread.thread.stop()
    }

    @Test func `a full queue refuses at once`() async throws {
        let gate = Gate()
        let thread = try await start(gate: gate, capacity: 2, batchLimit: 10)
        let first = Task { await thread.ask(0) }
        await gate.untilEntered()
        let second = Task { await thread.ask(1) }
        while thread.probe.withLock({ $0 }) < 2 { await Task.yield() }
        let third = Task { await thread.ask(2) }
        while thread.probe.withLock({ $0 }) < 3 { await Task.yield() }
        #expect(await thread.ask(3) == .full(2))
        gate.open()
        _ = await (first.value, second.value, third.value)
        await thread.thread.stop()
    }

    @Test func `stopping does what waits and refuses the rest`() async throws {
        let gate = Gate()
        let thread = try await start(gate: gate, capacity: 10, batchLimit: 10)
        let first = Task { await thread.ask(0) }
        await gate.untilEntered()
        let second = Task { await thread.ask(1) }
        while thread.probe.withLock({ $0 }) < 2 { await Task.yield() }
        async let stopped: Void = thread.thread.stop()
        gate.open()
        await stopped
        #expect(await first.value == .done(batch: [0]))
        #expect(await second.value == .done(batch: [1]))
        #expect(await thread.ask(2) == .stopped)
        await thread.thread.stop()
    }

    @Test func `a worker that cannot be made is an error, not a thread`() async throws {
        await #expect(throws: Failure.make) {
            try await WorkerThread<Recorder>.start(
                capacity: 1,
                batchLimit: 1,
                failure: { _ in Failure.thread },
                making: { () throws(Failure) in throw .make }
            )
        }
    }

    @Test func `an idle worker is called each interval`() async throws {
        let box = Calls()
        let thread = try await WorkerThread<IdleCounter>.start(
            capacity: 1,
            batchLimit: 1,
            interval: .milliseconds(5),
            failure: { _ in Failure.thread },
            making: { () throws(Failure) in IdleCounter(calls: box) }
        )
        let deadline = ContinuousClock.now + .seconds(10)
        while box.count.withLock({ $0 }) < 3 && ContinuousClock.now < deadline { await Task.yield() }
        #expect(box.count.withLock { $0 } >= 3)
        await thread.stop()
    }

    private func answers(_ tasks: [Task<Answer, Never>]) async -> [Answer] {
        var answers: [Answer] = []
        for task in tasks { answers.append(await task.value) }
        return answers
    }

    private func start(gate: Gate, capacity: Int, batchLimit: Int) async throws -> Asker {
        Asker(
            thread: try await WorkerThread<Recorder>.start(
                capacity: capacity,
                batchLimit: batchLimit,
                failure: { _ in Failure.thread },
                making: { () throws(Failure) in Recorder(gate: gate) }
            )
        )
    }
}

private enum Failure: Error {
    case make
    case thread
}

private enum Answer: Equatable, Sendable {
    case done(batch: [Int])
    case full(Int)
    case stopped
}

private struct Recorder: ThreadWorker {
    struct Request: Sendable {
        let number: Int
        let continuation: CheckedContinuation<Answer, Never>
    }

    let gate: Gate

    func perform(_ requests: [Request]) {
        gate.pass()
        for request in requests { request.continuation.resume(returning: .done(batch: requests.map(\.number))) }
    }

    static func refuse(_ request: Request) { request.continuation.resume(returning: .stopped) }
}

private final class Calls: Sendable {
    let count = Mutex(0)
}

private struct IdleCounter: ThreadWorker {
    let calls: Calls

    func perform(_ requests: [Int]) { if requests.isEmpty { calls.count.withLock { $0 += 1 } } }
    static func refuse(_ request: Int) {}
}

/// Submits requests and counts those that were taken or refused.
private final class Asker: Sendable {
    let thread: WorkerThread<Recorder>
    let probe = Mutex(0)

    init(thread: WorkerThread<Recorder>) { self.thread = thread }

    func ask(_ number: Int) async -> Answer {
        await withCheckedContinuation { continuation in
            let submission = thread.submit(Recorder.Request(number: number, continuation: continuation))
            probe.withLock { $0 += 1 }
            switch submission {
            case .accepted: return
            case .full(let limit): continuation.resume(returning: .full(limit))
            case .stopped: continuation.resume(returning: .stopped)
            }
        }
    }
}

/// Holds the worker's thread until it is opened.
///
/// The thread is one of its own, so spinning on it starves nobody.
private final class Gate: Sendable {
    private let state = Mutex((isOpen: false, hasEntered: false))

    func pass() {
        state.withLock { $0.hasEntered = true }
        while !state.withLock({ $0.isOpen }) {}
    }

    func open() { state.withLock { $0.isOpen = true } }

    func untilEntered() async {
        while !state.withLock({ $0.hasEntered }) { await Task.yield() }
    }
}
