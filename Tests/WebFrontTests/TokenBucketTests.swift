import Testing

@testable import WebFront

/// Token buckets and the table of them, in a time that the tests make.
struct TokenBucketTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `a full bucket gives its capacity at once, and then a token as each comes`() {
        let bucket = TokenBucket(rate: 200, seconds: 2)
        #expect(bucket.capacity == 400)
        var full: Int64 = 0
        for left in (0..<400).reversed() { #expect(bucket.take(&full, at: 0) == left) }
        #expect(bucket.take(&full, at: 0) == nil)
        // A token takes 5 ms.
        #expect(bucket.take(&full, at: 4_999_999) == nil)
        #expect(bucket.take(&full, at: 5_000_000) == 0)
        #expect(bucket.take(&full, at: 5_000_000) == nil)
        // It holds no more than its capacity, however long nobody comes.
        #expect(bucket.take(&full, at: 1000 * Self.second) == 399)
    }

    @Test(arguments: [1, 3, 7, 200, 999_983, 1_000_000])
    func `in the long run a bucket gives its rate`(rate: Int) {
        let bucket = TokenBucket(rate: rate, seconds: 2)
        var full: Int64 = 0
        // Asked twice as often as it gives.
        let step = Self.second / Int64(2 * rate)
        let count = min(20 * rate, 200_000)
        let given = (0..<count).count { bucket.take(&full, at: Int64($0) * step) != nil }
        #expect(abs(given - min(count, count / 2 + bucket.capacity)) <= max(2, count / 1000))
    }

    @Test func `a refusal takes nothing, and what is given back can be taken again`() {
        let bucket = TokenBucket(rate: 1, seconds: 2)
        var full: Int64 = 0
        #expect(bucket.take(&full, at: 0) == 1 && bucket.take(&full, at: 0) == 0)
        let before = full
        #expect(bucket.take(&full, at: 0) == nil && full == before)
        bucket.giveBack(&full)
        #expect(bucket.take(&full, at: 0) == 0)
    }

    private static let start = ContinuousClock.now

    private static func table(rate: Int = 10) -> BucketTable {
        BucketTable(TokenBucket(rate: rate, seconds: 2), start: start)
    }

    @Test func `each key has a bucket of its own`() {
        let table = Self.table()
        for left in (0..<20).reversed() { #expect(table.take(1, at: Self.start) == left) }
        #expect(table.take(1, at: Self.start) == nil)
        #expect(table.take(2, at: Self.start) == 19)
        table.giveBack(1)
        #expect(table.take(1, at: Self.start) == 0)
        table.giveBack(3)
        #expect(table.take(3, at: Self.start) == 19)
    }

    @Test func `a table gives what buckets that are never forgotten would give`() {
        let bucket = TokenBucket(rate: 10, seconds: 2)
        let table = Self.table()
        var kept = [Int64](repeating: 0, count: 5)
        var random = SystemRandomNumberGenerator()
        var now: Int64 = 0
        var refused = 0
        for _ in 0..<50_000 {
            // In bursts and with pauses, of which some are longer than it takes to forget.
            now +=
                Int.random(in: 0..<400, using: &random) == 0
                ? Int64.random(in: 0...5_000_000_000, using: &random) : 7_000_000
            let key = Int.random(in: 0..<5, using: &random)
            let expected = bucket.take(&kept[key], at: now)
            #expect(table.take(key, at: Self.start + .nanoseconds(now)) == expected)
            if expected == nil { refused += 1 }
        }
        #expect(refused > 1000)
    }

    @Test func `full buckets are forgotten, and those of users without number do not fill the memory`() {
        let table = Self.table()
        for key in 0..<1000 { _ = table.take(key, at: Self.start) }
        #expect(table.count == 1000)
        _ = table.take(0, at: Self.start + .seconds(2))
        _ = table.take(0, at: Self.start + .seconds(4))
        #expect(table.count == 2)
        for key in 0..<(5 * BucketTable.limit) { _ = table.take(key, at: Self.start + .seconds(5)) }
        #expect(table.count <= 2 * BucketTable.limit)
        // One who stays is remembered all the same.
        for _ in 0..<20 { _ = table.take(-1, at: Self.start + .seconds(5)) }
        for key in 0..<(BucketTable.limit - 100) { _ = table.take(-2 - key, at: Self.start + .seconds(5)) }
        #expect(table.take(-1, at: Self.start + .seconds(5)) == nil)
    }
}
