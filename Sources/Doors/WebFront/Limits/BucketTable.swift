import Synchronization

/// The token buckets of all who ask, each under a key; those that are full are forgotten.
///
/// A bucket that nobody touches is full after a fixed time, the window. So there are two generations of buckets: each
/// lives for a window at least, then its buckets are the older ones, and those that were not touched in yet another
/// window are dropped all at once. No step takes longer the more buckets there are, and nothing is searched for old ones.
final class BucketTable: Sendable {
    private struct State {
        /// When each bucket is full again: those touched in this generation, and those last touched in the one before.
        var recent: [Int: Int64] = [:]
        var older: [Int: Int64] = [:]
        /// When this generation began.
        var began: Int64 = 0
    }

    /// The most buckets of a generation.
    ///
    /// Who needs more has that many users or addresses in two seconds. Then a generation ends early, and some get a full
    /// bucket before their time; the memory stays below some 4 MiB.
    static let limit = 1 << 16

    private let bucket: TokenBucket
    private let start: ContinuousClock.Instant
    private let state = Mutex(State())

    /// Creates a table of buckets that are full.
    ///
    /// - Parameters:
    ///   - bucket: What each is like.
    ///   - start: A moment from which nanoseconds are counted; no later one is told to ``take(_:at:)`` than 290 years on.
    init(_ bucket: TokenBucket, start: ContinuousClock.Instant) {
        self.bucket = bucket
        self.start = start
    }

    /// The buckets in memory.
    var count: Int { state.withLock { $0.recent.count + $0.older.count } }

    /// Takes a token from the bucket of `key`.
    ///
    /// - Parameters:
    ///   - key: Whose bucket it is: a hash with the process's own seed. Two of 131,072 share a bucket with a probability
    ///     of one in two billion, and nobody can bring it about.
    ///   - now: The moment.
    /// - Returns: The whole tokens that are left; `nil` when there was none to take.
    func take(_ key: Int, at now: ContinuousClock.Instant) -> Int? {
        let now = nanoseconds(now)
        return state.withLock { state in
            if now - state.began >= bucket.window || state.recent.count >= BucketTable.limit {
                // Not even those of this generation matter when nothing has come for two windows.
                state.older = now - state.began < 2 * bucket.window ? state.recent : [:]
                state.recent = [:]
                state.began = now
            }
            var full = state.recent[key] ?? state.older[key] ?? now
            let left = bucket.take(&full, at: now)
            // A refusal changes nothing, but the bucket must not be dropped while it is not full.
            state.recent[key] = full
            return left
        }
    }

    /// Puts back the token that was taken from the bucket of `key`.
    func giveBack(_ key: Int) {
        state.withLock { state in
            guard var full = state.recent[key] ?? state.older[key] else { return }
            bucket.giveBack(&full)
            state.recent[key] = full
        }
    }

    private func nanoseconds(_ now: ContinuousClock.Instant) -> Int64 {
        let (seconds, attoseconds) = start.duration(to: now).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
