/// The arithmetic of a token bucket: it fills at a steady rate up to its capacity, and each request takes a token.
///
/// All that must be remembered of a bucket is when it will be full again (the generic cell rate algorithm). A moment that
/// has passed says that it is full, so a bucket that was forgotten for that long is the same as one that was not.
struct TokenBucket: Sendable {
    /// The most tokens in a bucket.
    let capacity: Int
    /// The nanoseconds in which a token comes.
    private let interval: Int64

    /// The nanoseconds in which an empty bucket fills.
    var window: Int64 { interval * Int64(capacity) }

    /// Creates the arithmetic of buckets.
    ///
    /// - Parameters:
    ///   - rate: The tokens that come in a second, from 1 to a billion.
    ///   - seconds: How many seconds' tokens a bucket holds, at least 1.
    init(rate: Int, seconds: Int) {
        capacity = rate * seconds
        interval = 1_000_000_000 / Int64(rate)
    }

    /// Takes a token.
    ///
    /// - Parameters:
    ///   - full: When the bucket is full again, in nanoseconds; moved when a token is taken.
    ///   - now: The moment, on the same scale.
    /// - Returns: The whole tokens that are left; `nil` when there was none to take.
    func take(_ full: inout Int64, at now: Int64) -> Int? {
        let next = max(full, now) + interval
        guard next <= now + window else { return nil }
        full = next
        return Int((now + window - next) / interval)
    }

    /// Puts back a token that was taken.
    func giveBack(_ full: inout Int64) { full -= interval }
}
