/// The end of what a call may take.
struct Deadline {
    /// How long the whole may take.
    let limit: Duration
    private let end: ContinuousClock.Instant

    init(after limit: Duration) {
        self.limit = limit
        end = .now + limit
    }

    /// The time that is left; not below zero.
    var left: Duration { max(ContinuousClock.now.duration(to: end), .zero) }

    /// What `poll` takes; 0 only once the end has come.
    var millisecondsLeft: Int32 {
        let left = left
        if left <= .zero { return 0 }
        let (seconds, attoseconds) = left.components
        if seconds > 1_000_000 { return 1_000_000_000 }
        return Int32(truncatingIfNeeded: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
