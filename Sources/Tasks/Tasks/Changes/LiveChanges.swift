import Synchronization

/// The newest changes of the owners that somebody follows, for those who wait for the next.
///
/// Whoever learns of changes, by committing or by reading them, tells them here. What is kept of an owner is short; who is further behind reads
/// the feed. An owner whom nobody follows costs nothing.
package final class LiveChanges: Sendable {
    /// The most changes that are kept of an owner, and the bytes of their texts from which fewer are.
    static let keptChanges = 64
    static let keptBytes = 64 << 10

    private let state = Mutex(State())
    private let followers = Atomic(0)
    private let clock: @Sendable () -> ContinuousClock.Instant

    /// Creates an empty set; `clock` tells the time by which those who wait give up.
    package init(clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) { self.clock = clock }

    /// The time by which those who wait give up.
    package var now: ContinuousClock.Instant { clock() }

    /// How many follow an owner.
    package var count: Int { followers.load(ordering: .relaxed) }

    /// How many wait for news.
    package var waiting: Int { state.withLock { $0.lines.values.reduce(0) { $0 + $1.waiting.count } } }

    /// Whether nobody is to wait any more; see ``end()``.
    package var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// The owners that somebody follows, with the last change known of each.
    package var heads: [(owner: OwnerID, head: Int)] {
        if count == 0 { return [] }
        return state.withLock { state in
            state.lines.compactMap { owner, line in line.head.map { (owner, $0) } }
        }
    }

    /// Begins to follow an owner, until the follower is released.
    package func follow(_ owner: OwnerID) -> ChangeFollower {
        followers.add(1, ordering: .relaxed)
        state.withLock { $0.lines[owner, default: Line()].followers += 1 }
        return ChangeFollower(owner: owner, live: self)
    }

    /// Notes changes that were committed or read; their sequences follow one another.
    ///
    /// Changes that are known change nothing. Whoever tells an owner's changes tells them in order.
    package func note(_ changes: @autoclosure () -> [RecordedChange], of owner: OwnerID) {
        update(owner) { line in
            for change in changes() { line.add(change) }
        }
    }

    /// Notes that there are changes up to `head`, for those who wait to read them.
    package func note(head: Int, of owner: OwnerID) {
        update(owner) { line in
            if head > line.head ?? -1 { line.start(at: head) }
        }
    }

    /// Forgets what is known of an owner, because the store has lost some of it; those who wait read again.
    package func forget(_ owner: OwnerID) { update(owner) { $0.start(at: nil) } }

    /// Wakes those whose time is up, and lets go of changes that were kept since the time before: who follows has them by then, or reads the feed.
    package func dismissLate() {
        if count == 0 { return }
        let now = clock()
        wake { state in
            for owner in state.lines.keys { state.lines[owner]?.letGo() }
            return state.takeWaiting { $0.deadline <= now }
        }
    }

    /// Wakes all, for good: the server stops.
    package func end() {
        wake { state in
            state.hasEnded = true
            return state.takeWaiting { _ in true }
        }
    }

    private func update(_ owner: OwnerID, _ change: (inout Line) -> Void) {
        if count == 0 { return }
        let woken = state.withLock { state in
            guard var line = state.lines.removeValue(forKey: owner) else { return [Woken]() }
            change(&line)
            defer { state.lines[owner] = line }
            return line.takeWaitingWithNews()
        }
        for (continuation, news) in woken { continuation.resume(returning: news) }
    }

    private func wake(_ take: (inout State) -> [Waiting]) {
        for waiting in state.withLock({ take(&$0) }) { waiting.continuation.resume(returning: .nothing) }
    }

    fileprivate func next(
        _ follower: ChangeFollower,
        after sequence: Int,
        until deadline: ContinuousClock.Instant
    )
        async -> ChangeFollower.News
    {
        let id = ObjectIdentifier(follower)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let news = state.withLock { state -> ChangeFollower.News? in
                    guard !state.hasEnded, !Task.isCancelled, let line = state.lines[follower.owner] else {
                        return .nothing
                    }
                    if let news = line.news(after: sequence) { return news }
                    if deadline <= clock() { return .nothing }
                    state.lines[follower.owner]?.waiting.append(
                        Waiting(id: id, sequence: sequence, deadline: deadline, continuation: continuation)
                    )
                    return nil
                }
                if let news { continuation.resume(returning: news) }
            }
        } onCancel: {
            wake { state in state.lines[follower.owner]?.takeWaiting { $0.id == id } ?? [] }
        }
    }

    fileprivate func confirm(_ head: Int, insteadOf known: Int?, of owner: OwnerID) {
        update(owner) { line in
            // Otherwise somebody has told of newer changes meanwhile.
            if line.head == known, head != known { line.start(at: head) }
        }
    }

    fileprivate func leave(_ owner: OwnerID) {
        followers.subtract(1, ordering: .relaxed)
        state.withLock { state in
            state.lines[owner]?.followers -= 1
            if state.lines[owner]?.followers == 0 { state.lines[owner] = nil }
        }
    }

    fileprivate typealias Woken = (CheckedContinuation<ChangeFollower.News, Never>, ChangeFollower.News)

    fileprivate struct State {
        var lines: [OwnerID: Line] = [:]
        var hasEnded = false
    }

    fileprivate struct Waiting {
        let id: ObjectIdentifier
        let sequence: Int
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<ChangeFollower.News, Never>
    }

    /// What is known of one owner.
    fileprivate struct Line {
        var followers = 0
        /// The last change that is known; `nil` until somebody has read the feed to its end.
        var head: Int?
        /// The last changes, without gaps up to `head`.
        var recent: ArraySlice<RecordedChange> = []
        var bytes = 0
        /// Whether some came since changes were last let go of.
        var isFresh = false
        var waiting: [Waiting] = []
    }
}

extension LiveChanges.State {
    fileprivate mutating func takeWaiting(_ isMeant: (LiveChanges.Waiting) -> Bool) -> [LiveChanges.Waiting] {
        lines.keys.flatMap { owner in lines[owner]?.takeWaiting(isMeant) ?? [] }
    }
}

extension LiveChanges.Line {
    /// What there is for somebody who knows the changes up to `sequence`; `nil` to wait.
    fileprivate func news(after sequence: Int) -> ChangeFollower.News? {
        if sequence == head { return nil }
        guard let head, sequence < head, let first = recent.first?.change.sequence, first <= sequence + 1 else {
            return .unread(known: head)
        }
        return .changes(Array(recent.dropFirst(sequence + 1 - first)))
    }

    fileprivate mutating func add(_ change: RecordedChange) {
        let sequence = change.change.sequence
        if let head, sequence <= head { return }
        if let head, sequence > head + 1 { start(at: nil) }
        head = sequence
        isFresh = true
        recent.append(change)
        bytes += Self.bytes(of: change)
        while recent.count > LiveChanges.keptChanges || bytes > LiveChanges.keptBytes, recent.count > 1 {
            bytes -= Self.bytes(of: recent.removeFirst())
        }
    }

    /// Starts over after the change `head`, with none at hand.
    fileprivate mutating func start(at head: Int?) {
        self.head = head
        recent = []
        bytes = 0
    }

    fileprivate mutating func letGo() {
        if !isFresh { start(at: head) }
        isFresh = false
    }

    fileprivate mutating func takeWaiting(_ isMeant: (LiveChanges.Waiting) -> Bool) -> [LiveChanges.Waiting] {
        let taken = waiting.filter(isMeant)
        if !taken.isEmpty { waiting.removeAll(where: isMeant) }
        return taken
    }

    fileprivate mutating func takeWaitingWithNews() -> [LiveChanges.Woken] {
        var woken: [LiveChanges.Woken] = []
        var left: [LiveChanges.Waiting] = []
        for waiting in waiting {
            if let news = news(after: waiting.sequence) {
                woken.append((waiting.continuation, news))
            } else {
                left.append(waiting)
            }
        }
        waiting = left
        return woken
    }

    private static func bytes(of change: RecordedChange) -> Int {
        change.task.approximateBytes + change.change.approximateBytes
    }
}

/// Somebody who follows one owner's changes; it waits for one thing at a time.
package final class ChangeFollower: Sendable {
    /// Whose changes they are.
    package let owner: OwnerID
    private let live: LiveChanges

    fileprivate init(owner: OwnerID, live: LiveChanges) {
        self.owner = owner
        self.live = live
    }

    deinit { live.leave(owner) }

    /// What a wait ended with.
    package enum News: Sendable {
        /// The changes right after the asked sequence, at least one.
        case changes([RecordedChange])
        /// There are changes that are not at hand, or it is not known whether there are: the feed tells.
        ///
        /// `known` is the last change that was known, for ``ChangeFollower/confirm(_:insteadOf:)``.
        case unread(known: Int?)
        /// The time is up, the task was cancelled, or the server stops.
        case nothing
    }

    /// Whether the server stops, so that there will be no more news.
    package var hasEnded: Bool { live.hasEnded }

    /// Waits until there is a change after `sequence`.
    ///
    /// - Parameters:
    ///   - sequence: The last change that is known.
    ///   - deadline: When to give up; whoever calls ``LiveChanges/dismissLate()`` ends the wait then.
    /// - Returns: The news.
    package func next(after sequence: Int, until deadline: ContinuousClock.Instant) async -> News {
        await live.next(self, after: sequence, until: deadline)
    }

    /// Notes the last change that the feed told of, when it was read because of `known`.
    package func confirm(_ head: Int, insteadOf known: Int?) { live.confirm(head, insteadOf: known, of: owner) }
}

extension ChangeFeed {
    /// Reads the changes after `sequence`: at once when there are some, otherwise as soon as there is one.
    ///
    /// - Parameters:
    ///   - sequence: The last change that the caller knows.
    ///   - limit: The most changes, 1 to 1,000.
    ///   - follower: Follows their owner.
    ///   - deadline: When to give up.
    ///   - trace: The trace that reads continue.
    /// - Returns: The changes; none when the time is up, the task was cancelled, or the server stops.
    /// - Throws: As ``changes(since:limit:owner:trace:)``.
    package func changes(
        since sequence: Int,
        limit: Int,
        following follower: ChangeFollower,
        until deadline: ContinuousClock.Instant,
        trace: CallerTrace?
    ) async throws(TaskError) -> ChangePage {
        while true {
            switch await follower.next(after: sequence, until: deadline) {
            case .changes(let changes):
                let page = Array(changes.prefix(limit))
                return ChangePage(changes: page, head: changes.last?.change.sequence ?? sequence)
            case .nothing:
                return ChangePage(changes: [], head: sequence)
            case .unread(let known):
                let page = try await changes(since: sequence, limit: limit, owner: follower.owner, trace: trace)
                follower.confirm(page.head, insteadOf: known)
                if !page.changes.isEmpty { return page }
            }
        }
    }
}
