import Foundation
import Synchronization

/// Runs asynchronous code on one thread, in an order that a seed decides, and in a time of its own that passes only when nothing is left to do.
///
/// Everything that the body starts belongs to the run: child tasks, tasks of their own, and what they wait for. `Task.sleep` costs nothing,
/// so hours pass in milliseconds, and a slow machine changes nothing. Of the things that are ready the seed picks the next, so that
/// another seed is another order. What asks the machine for the time still gets the machine's: the code under test takes its clocks as values.
///
/// Actors may be used, but what sleeps on one sleeps in the machine's time. Threads that are no part of the run may not wake what is.
package final class VirtualTime: Sendable {
    /// Why a run ended without a value.
    package enum Failure: Error, CustomStringConvertible {
        /// Everything waits for something that nobody will do.
        case deadlock(after: Duration)
        /// It takes more steps than it may.
        case endless(after: Duration)
        /// The runtime lets nobody see its jobs.
        case unsupported

        package var description: String {
            switch self {
            case .deadlock(let time): "after \(time) everything waits, and nobody will wake it"
            case .endless(let time): "after \(time) it still goes on and on"
            case .unsupported: "this runtime lets nobody see its jobs"
            }
        }
    }

    /// How many steps a run may take, and how many it may take to end when its body has ended.
    private static let stepLimit = 20_000_000
    private static let endLimit = 500_000

    private let loop: VirtualLoop
    private let start: ContinuousClock.Instant

    private init(_ loop: VirtualLoop) {
        self.loop = loop
        start = .now
    }

    /// How long the run goes on, in its own time.
    package var elapsed: Duration { .milliseconds(loop.milliseconds) }

    /// The run's own clock, which only goes forward.
    package var now: ContinuousClock.Instant { start + elapsed }

    /// Runs a body, and all that it started, to the end.
    ///
    /// - Parameters:
    ///   - seed: decides the order.
    ///   - body: what is run; it is given the time.
    /// - Returns: what the body returned.
    /// - Throws: what the body threw, or ``Failure``.
    package static func run<Value: Sendable>(
        seed: UInt64,
        _ body: @escaping @Sendable (VirtualTime) async throws -> Value
    ) async throws -> Value {
        guard VirtualLoop.isReady else { throw Failure.unsupported }
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: runHere(seed: seed, body)) }
            // As much as a main thread has: what is run here may nest deeply.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    private static func runHere<Value: Sendable>(
        seed: UInt64,
        _ body: @escaping @Sendable (VirtualTime) async throws -> Value
    ) -> Result<Value, any Error> {
        let loop = VirtualLoop(seed: seed)
        let time = VirtualTime(loop)
        return loop.asCurrent {
            // On this thread, so that it begins in this run.
            let kept = Outcome<Value>()
            Task {
                do {
                    kept.set(.success(try await body(time)))
                } catch {
                    kept.set(.failure(error))
                }
            }
            let end = loop.run(limit: stepLimit) { kept.isSet }
            // What it leaves behind ends too: tasks that were cancelled, and timers that nobody needs.
            if end == .done { _ = loop.run(limit: endLimit) { false } }
            switch end {
            case .done: return kept.value ?? .failure(Failure.deadlock(after: time.elapsed))
            case .nothingToDo: return .failure(Failure.deadlock(after: time.elapsed))
            case .limit: return .failure(Failure.endless(after: time.elapsed))
            }
        }
    }

    /// Where the body's end is noted.
    private final class Outcome<Value: Sendable>: Sendable {
        private let state = Mutex<Result<Value, any Error>?>(nil)
        private let isKnown = Atomic(false)

        /// Asked before each step.
        var isSet: Bool { isKnown.load(ordering: .relaxed) }

        var value: Result<Value, any Error>? { state.withLock { $0 } }

        func set(_ result: Result<Value, any Error>) {
            state.withLock { $0 = result }
            isKnown.store(true, ordering: .relaxed)
        }
    }
}
