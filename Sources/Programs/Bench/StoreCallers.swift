import DaprEventLoop
import DaprSidecar
import Foundation
import Synchronization

/// Callers of a store that write values of 300 bytes under 10,000 keys, each one thing after another.
struct StoreCallers {
    let count: Int
    private let loop: EventLoop

    private static let value = Array(repeating: UInt8(ascii: "x"), count: 300)

    init(_ count: Int, on loop: EventLoop) {
        self.count = count
        self.loop = loop
    }

    /// The microseconds that one call of all these callers takes: a second divided by the calls in it.
    func microsecondsPerCall(
        sets: Int = 1,
        _ call: @escaping @Sendable ([StoreSet]) async throws -> Void
    ) async throws -> Double {
        let tally = Tally()
        var tasks: [Task<Void, any Error>] = []
        for _ in 0..<count {
            tasks.append(
                Task(executorPreference: loop) { @Sendable in
                    var key = UInt32.random(in: 1 ... .max)
                    while !tally.isOver.load(ordering: .relaxed) {
                        let written = (0..<sets).map { _ in
                            key = key &* 1_664_525 &+ 1_013_904_223
                            return StoreSet(key: "bench||key-\(key >> 8 % 10_000)", value: Self.value)
                        }
                        try await call(written)
                        tally.calls.wrappingAdd(1, ordering: .relaxed)
                    }
                }
            )
        }
        try await Task.sleep(for: .milliseconds(200))
        let clock = ContinuousClock()
        let (begin, before) = (clock.now, tally.calls.load(ordering: .relaxed))
        try await Task.sleep(for: .seconds(1))
        let (end, after) = (clock.now, tally.calls.load(ordering: .relaxed))
        tally.isOver.store(true, ordering: .relaxed)
        for task in tasks { try await task.value }
        return begin.duration(to: end) / .microseconds(1) / Double(after - before)
    }

    private final class Tally: Sendable {
        let calls = Atomic(0)
        let isOver = Atomic(false)
    }
}
