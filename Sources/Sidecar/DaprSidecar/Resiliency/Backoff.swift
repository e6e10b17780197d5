/// The waits between the attempts of one call.
struct Backoff {
    private let policy: RetryPolicy
    private var retries = 0
    private var interval = Duration.milliseconds(500)

    init(_ policy: RetryPolicy) { self.policy = policy }

    /// How long an exponential retry goes on in total, whatever the number of attempts.
    private static let exponentialLimit = Duration.seconds(15 * 60)

    /// The wait before the next attempt; `nil` when there is none.
    ///
    /// `elapsed` is the time since the first attempt began. `chance`, uniformly distributed in `0..<1`, decides the
    /// jitter.
    mutating func next(elapsed: Duration, chance: Double) -> Duration? {
        if let maximum = policy.maximumRetries, retries >= maximum { return nil }
        retries += 1
        switch policy.growth {
        case .constant(let duration): return duration
        case .exponential(let maximum):
            let wait = min(interval, maximum) * (0.5 + chance)
            interval = min(interval * 1.5, maximum)
            return elapsed + wait > Self.exponentialLimit ? nil : wait
        }
    }
}
