/// The first command with an idempotency key.
package struct KeyUse: Hashable, Sendable {
    /// The sequence of its first change.
    package let sequence: Int
    /// The number of its changes.
    package let count: Int
    /// The sequence of the first change in its commit, under which the journal stores it.
    package let commit: Int
    /// The task of its first change.
    package let taskID: TaskID
    /// The task's version after that change.
    package let version: Int
    /// When it was decided, by the clock that ages are measured by.
    package let time: Timestamp
    /// The fingerprint of the command; `nil` when the journal does not have it.
    package let request: Fingerprint?

    /// Creates a use from the fields in a snapshot.
    package init(
        sequence: Int,
        count: Int = 1,
        commit: Int,
        taskID: TaskID,
        version: Int,
        time: Timestamp,
        request: Fingerprint?
    ) {
        self.sequence = sequence
        self.count = count
        self.commit = commit
        self.taskID = taskID
        self.version = version
        self.time = time
        self.request = request
    }

    /// The sequences of its changes.
    package var changes: ClosedRange<Int> { sequence...sequence + count - 1 }

    fileprivate func at(_ time: Timestamp?) -> KeyUse {
        KeyUse(
            sequence: sequence,
            count: count,
            commit: commit,
            taskID: taskID,
            version: version,
            time: time ?? self.time,
            request: request
        )
    }

    /// Creates a use from the first change of the command.
    init(_ change: TaskChange) {
        self.init(
            sequence: change.sequence,
            count: change.part.count,
            commit: change.commit,
            taskID: change.taskID,
            version: change.version,
            time: change.clock,
            request: change.request
        )
    }
}

/// The idempotency keys of the last 24 hours, at most 10,000.
struct RecentKeys: Equatable, Sendable {
    private static let lifetimeMilliseconds: Int64 = 86_400_000
    private static let limit = 10_000

    private var uses: [Fingerprint: KeyUse] = [:]
    /// The keys in the order they came; those before `start` are forgotten.
    private var queue: [Fingerprint] = []
    private var start = 0

    /// The number of known keys.
    var count: Int { uses.count }

    /// The keys and their uses, oldest first.
    var all: [(key: Fingerprint, use: KeyUse)] { queue[start...].compactMap { key in uses[key].map { (key, $0) } } }

    func firstUse(of key: Fingerprint, now: Timestamp) -> KeyUse? {
        uses[key].flatMap { RecentKeys.isOld($0, now) ? nil : $0 }
    }

    mutating func insert(_ key: Fingerprint, _ use: KeyUse) {
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

    /// Whether the keys are equal, except that a key may have the time that `times` gives for its sequence.
    func isSame(as other: RecentKeys, orWith times: [Int: Timestamp]) -> Bool {
        all.elementsEqual(other.all) { own, other in
            own.key == other.key && (own.use == other.use || own.use == other.use.at(times[other.use.sequence]))
        }
    }

    /// Equal when they know the same keys, however many were forgotten on the way.
    static func == (left: RecentKeys, right: RecentKeys) -> Bool {
        left.uses == right.uses && left.queue[left.start...].elementsEqual(right.queue[right.start...])
    }
}
