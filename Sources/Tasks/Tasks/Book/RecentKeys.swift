/// What the first command with an idempotency key did.
package struct KeyUse: Hashable, Sendable {
    /// The sequence of its first change.
    package let sequence: Int
    /// How many changes it was.
    package let count: Int
    /// The sequence of the first change of its commit, under which the journal has it.
    package let commit: Int
    /// The task of its first change.
    package let taskID: TaskID
    /// The version at which that change left it.
    package let version: Int
    /// When, by the time by which ages are told.
    package let time: Timestamp
    /// Which command it was; nil when the journal does not tell.
    package let request: Fingerprint?

    /// Makes what a snapshot kept of a use.
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

    /// What the command did whose first change this is.
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
    /// The keys in the order they came; those before `start` are gone.
    private var queue: [Fingerprint] = []
    private var start = 0

    /// How many keys are known.
    var count: Int { uses.count }

    /// The keys with what they did, oldest first.
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

    /// Whether these are the same, except that a key may have the time that `times` has for its sequence.
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
