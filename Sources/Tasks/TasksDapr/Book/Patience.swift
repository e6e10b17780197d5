internal import Dapr

/// How long a leader keeps retrying, and at what pace.
struct Patience {
    private let limit: Duration
    private var failures = 0
    private var since: ContinuousClock.Instant?

    /// Creates a patience that lasts for `limit` while failures show that the sidecar or the store is down.
    init(limit: Duration) {
        self.limit = limit
    }

    /// The pause before the next attempt; `nil` when another attempt is not worthwhile.
    ///
    /// A call without an answer is repeated until the deadline: the store may work, and only asking it shows what was
    /// written.
    mutating func delay(after failure: JournalFailure, now: ContinuousClock.Instant) -> Duration? {
        switch failure {
        case .book, .cancelled: nil
        case .moved, .groundLost: pause()
        case .notRead, .refusedForNothing: isOver(now) ? nil : pause()
        case .store(let error): delay(after: error, now: now)
        }
    }

    private mutating func delay(after error: DaprError, now: ContinuousClock.Instant) -> Duration? {
        switch error.kind {
        // The task itself is not cancelled here, so `.cancelled` means that the transport was shut down.
        case .notConfigured, .notFound, .invalidArgument, .cancelled: return nil
        case .refused where (error.status ?? 0) < 500: return nil
        case .refused, .conflict, .alreadyExists, .unreachable, .timedOut, .outcomeUnknown, .unreadableAnswer: break
        }
        let isDown = error.status != nil || error.kind == .unreachable
        return isOver(now) && isDown ? nil : pause()
    }

    private mutating func isOver(_ now: ContinuousClock.Instant) -> Bool {
        let start = since ?? now
        since = start
        return start.duration(to: now) >= limit
    }

    private mutating func pause() -> Duration {
        failures += 1
        return Backoff.command.delay(after: failures)
    }
}
