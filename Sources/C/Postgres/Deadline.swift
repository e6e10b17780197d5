/// The time limit of a call.
struct Deadline {
    /// How long the whole call may take.
    let limit: Duration
    private let end: ContinuousClock.Instant

    init(after limit: Duration) {
        self.limit = limit
        end = .now + limit
    }

    /// The remaining time; never negative.
    var left: Duration { max(ContinuousClock.now.duration(to: end), .zero) }

    /// The remaining time for `poll`; 0 only after the end.
    var millisecondsLeft: Int32 {
        let left = left
        if left <= .zero { return 0 }
        let (seconds, attoseconds) = left.components
        if seconds > 1_000_000 { return 1_000_000_000 }
        return Int32(truncatingIfNeeded: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
