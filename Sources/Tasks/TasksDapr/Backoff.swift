internal import Dapr

/// A retry policy: how often something is tried, and how long to wait before it is tried again.
///
/// Every policy of this target is a value below, so that it is changed here and nowhere else.
struct Backoff: Sendable {
    /// The pause after the first failure, which doubles with each, and the longest.
    private let pause: ClosedRange<Duration>
    /// The part of a pause that is waited, at random: those who failed together do not come again together.
    private let part: ClosedRange<Double>
    /// How often it is tried in all; `Int.max` where something else ends it.
    let attempts: Int

    private init(
        _ pause: ClosedRange<Duration> = .zero ... .zero,
        part: ClosedRange<Double> = 1...1,
        attempts: Int = .max
    ) {
        self.pause = pause
        self.part = part
        self.attempts = attempts
    }

    /// How long to wait after so many failures in a row, at least one.
    func delay(after failures: Int) -> Duration {
        // Twenty doublings are more than any policy has before its longest pause.
        let whole = min(pause.lowerBound * (1 << min(failures - 1, 20)), pause.upperBound)
        return whole * Double.random(in: part)
    }

    /// Waits before a write is made again that was refused, or that may not have happened.
    ///
    /// - Parameters:
    ///   - error: what came of the last attempt.
    ///   - failures: how many attempts had failed before it; it is counted here.
    /// - Throws: the error, when what is stored need not be read for it, or it was the last attempt.
    func pause(after error: DaprError, _ failures: inout Int) async throws(JournalFailure) {
        failures += 1
        guard error.mustReadAgain, failures < attempts else { throw .store(error) }
        // Cancelled or not, the next call tells.
        try? await Task.sleep(for: delay(after: failures))
    }
}

extension Backoff {
    /// Events that the broker did not take: kept for as long as the process lives.
    static let relay = Backoff(.milliseconds(50) ... .seconds(10), part: 1...1.5)
    /// An event that is published by hand.
    static let redrive = Backoff(.milliseconds(50) ... .milliseconds(3200), attempts: 8)
    /// A commit and what leads to it; deadlines and ``JournalConfiguration/patience`` end it.
    static let command = Backoff(.milliseconds(10) ... .milliseconds(640), part: 0.5...1)
    /// A document that several instances change.
    static let document = Backoff(.milliseconds(8) ... .milliseconds(256), part: 0...1, attempts: 20)
    /// Commits that a migration or an import writes: about five seconds in all.
    static let copy = Backoff(.milliseconds(10) ... .milliseconds(320), attempts: 20)
    /// Commits that are stranded, which another may take out at the same time.
    static let stranded = Backoff(.milliseconds(10) ... .milliseconds(80), part: 0.5...1, attempts: 5)
    /// The changes of a delivery, whose deadline ends it.
    static let activity = Backoff(.milliseconds(20) ... .seconds(1))

    // What is begun anew at once, since what it was reading or using was replaced meanwhile.

    /// A snapshot whose pages were replaced.
    static let snapshot = Backoff(attempts: 5)
    /// A question whose book was.
    static let question = Backoff(attempts: 5)
    /// An audit whose book was written.
    static let audit = Backoff(attempts: 10)
    /// A lease that another instance took, under a new name each time.
    static let lease = Backoff(attempts: 8)
}

extension DaprError {
    /// Whether a write is to be made again, on what is stored then: another was faster, or nobody knows whether it was written.
    var mustReadAgain: Bool { anotherWroteFirst || outcomeUnknown }
}
