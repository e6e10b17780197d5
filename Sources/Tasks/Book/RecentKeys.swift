/// The idempotency keys of the last 24 hours, at most 10,000.
struct RecentKeys: Equatable, Sendable {
    private static let lifetimeMilliseconds: Int64 = 86_400_000
    private static let limit = 10_000

    private var uses: [KeyHash: KeyUse] = [:]
    /// The keys in the order they came; those before `start` are gone.
    private var queue: [KeyHash] = []
    private var start = 0

    func firstUse(of key: KeyHash, now: Timestamp) -> KeyUse? {
        uses[key].flatMap { RecentKeys.isOld($0, now) ? nil : $0 }
    }

    mutating func insert(_ key: KeyHash, _ use: KeyUse) {
        // A key that is used again after its day counts from then on.
        if let first = uses[key] {
            guard RecentKeys.isOld(first, use.time) else { return }
            queue[start...].removeAll { $0 == key }
        }
        uses[key] = use
        queue.append(key)
    }

    mutating func removeOld(now: Timestamp) {
        while start < queue.count {
            guard let use = uses[queue[start]], queue.count - start <= RecentKeys.limit, !RecentKeys.isOld(use, now)
            else {
                uses[queue[start]] = nil
                start += 1
                continue
            }
            break
        }
        if start > 64, start * 2 > queue.count {
            queue.removeFirst(start)
            start = 0
        }
    }

    private static func isOld(_ use: KeyUse, _ now: Timestamp) -> Bool {
        use.time.advanced(byMilliseconds: lifetimeMilliseconds) <= now
    }

    /// Equal when they know the same keys, however many were forgotten on the way.
    static func == (left: RecentKeys, right: RecentKeys) -> Bool {
        left.uses == right.uses && left.queue[left.start...].elementsEqual(right.queue[right.start...])
    }
}
