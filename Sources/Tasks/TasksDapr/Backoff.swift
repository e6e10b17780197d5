internal import Dapr

/// A retry policy: the number of attempts, and the pause before each retry.
///
/// All policies of this target are the values below, so that each can be tuned in one place.
struct Backoff: Sendable {
    /// The pause after the first failure and the longest pause; the pause doubles with each failure.
    private let pause: ClosedRange<Duration>
    /// The fraction of a pause that is waited, chosen at random so that callers that failed together do not retry
    /// together.
    private let part: ClosedRange<Double>
    /// The most attempts in all; `Int.max` where something else ends the retries.
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

    /// The pause after `failures` failures in a row; `failures` is at least 1.
    func delay(after failures: Int) -> Duration {
        // No policy needs more than twenty doublings to reach its longest pause.
        let whole = min(pause.lowerBound * (1 << min(failures - 1, 20)), pause.upperBound)
        return whole * Double.random(in: part)
    }

    /// Waits before the retry of a write that was refused or whose outcome is unknown.
    ///
    /// - Parameters:
    ///   - error: The failure of the last attempt.
    ///   - failures: The attempts that failed before the last one; incremented here.
    /// - Throws: The error, when reading the store again does not help or no attempt is left.
    func pause(after error: DaprError, _ failures: inout Int) async throws(JournalFailure) {
        failures += 1
        guard error.mustReadAgain, failures < attempts else { throw .store(error) }
        // A cancelled sleep ends early; the next call reports the cancellation.
        try? await Task.sleep(for: delay(after: failures))
    }
}

extension Backoff {
    /// Events that the broker did not take; retried for as long as the process lives.
    static let relay = Backoff(.milliseconds(50) ... .seconds(10), part: 1...1.5)
    /// An event that is published by hand.
    static let redrive = Backoff(.milliseconds(50) ... .milliseconds(3200), attempts: 8)
    /// A commit and the calls that lead to it; deadlines and ``JournalConfiguration/patience`` end the retries.
    static let command = Backoff(.milliseconds(10) ... .milliseconds(640), part: 0.5...1)
    /// A document that several instances change.
    static let document = Backoff(.milliseconds(8) ... .milliseconds(256), part: 0...1, attempts: 20)
    /// The commits that a migration or an import writes: about five seconds in all.
    static let copy = Backoff(.milliseconds(10) ... .milliseconds(320), attempts: 20)
    /// Stranded commits, which another instance may remove at the same time.
    static let stranded = Backoff(.milliseconds(10) ... .milliseconds(80), part: 0.5...1, attempts: 5)
    /// The changes of a delivery, whose deadline ends the retries.
    static let activity = Backoff(.milliseconds(20) ... .seconds(1))

    // Work that starts over at once, because the data it was reading or using was replaced meanwhile.

    /// Reading a snapshot whose pages were replaced.
    static let snapshot = Backoff(attempts: 5)
    /// Answering a question whose book was replaced.
    static let question = Backoff(attempts: 5)
    /// Auditing a book that was written meanwhile.
    static let audit = Backoff(attempts: 10)
    /// Writing a lease that another instance took; each attempt uses a new name.
    static let lease = Backoff(attempts: 8)
}

extension DaprError {
    /// Whether a write must be decided again on the data stored by then: another writer came first, or the outcome is
    /// unknown.
    var mustReadAgain: Bool { anotherWroteFirst || outcomeUnknown }
}
