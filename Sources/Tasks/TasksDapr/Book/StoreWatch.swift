internal import Dapr
internal import Synchronization
internal import Tasks

/// Watches for signs that the store may have gone back in time, by a failover to a copy without the last commits or by
/// a restored backup.
///
/// Such an event breaks connections, takes a while, or happens while nobody asks. So a call that fails, is late or
/// comes after a silence puts every view in doubt. Before a doubtful view decides again, its last commit is looked for
/// in the store. Other cases are found by regular checks of the books that were written since the last check: see
/// ``RelayUpkeep``.
///
/// All calls to the store count, whoever makes them: of several connections any may be the one that breaks.
package final class StoreWatch: Sendable {
    private struct State {
        /// When a call last ended well.
        var heardAt: ContinuousClock.Instant?
        /// When trouble was last seen.
        var troubledAt: ContinuousClock.Instant?
        var written: Set<OwnerID> = []
    }

    /// The longest call, and the longest silence, without suspicion that the store has changed.
    private static let patience = Duration.seconds(1)

    private let state = Mutex(State())
    private let clock: @Sendable () -> ContinuousClock.Instant

    /// Creates a watch that has seen nothing.
    /// - Parameter clock: A clock that only goes forward.
    package init(clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.clock = clock
    }

    /// The time at which a call begins, for ``note(_:since:)``.
    var now: ContinuousClock.Instant { clock() }

    /// Makes a call, and notes its result.
    func call<Value: Sendable>(
        _ body: () async throws(JournalFailure) -> Value
    ) async throws(JournalFailure) -> Value {
        let begin = clock()
        do throws(JournalFailure) {
            let value = try await body()
            note(isTrouble: false, since: begin)
            return value
        } catch {
            note(isTrouble: error.isTrouble, since: begin)
            throw error
        }
    }

    /// Notes the result of a call that was started at `begin`.
    func note(_ error: DaprError?, since begin: ContinuousClock.Instant) {
        note(isTrouble: error?.isTrouble ?? false, since: begin)
    }

    private func note(isTrouble: Bool, since begin: ContinuousClock.Instant) {
        let end = clock()
        state.withLock { state in
            if isTrouble {
                state.troubledAt = end
            } else {
                if begin + StoreWatch.patience < end { state.troubledAt = end }
                state.heardAt = max(state.heardAt ?? end, end)
            }
        }
    }

    /// Notes that a call failed; reads of tasks are too frequent to be timed.
    func noteFailure(_ error: DaprError) {
        if error.isTrouble { note(isTrouble: true, since: clock()) }
    }

    /// When the store was last in trouble, which is now after a silence; `nil` when it never was.
    var lastTrouble: ContinuousClock.Instant? {
        let now = clock()
        return state.withLock { state in
            if let heard = state.heardAt, heard + StoreWatch.patience < now {
                state.troubledAt = now
                state.heardAt = now
            }
            return state.troubledAt
        }
    }

    /// Notes that a commit of an owner was acknowledged.
    func noteWritten(_ owner: OwnerID) { _ = state.withLock { $0.written.insert(owner) } }

    /// The owners with acknowledged commits since the last call of this function.
    func takeWritten() -> Set<OwnerID> {
        state.withLock { state in
            defer { state.written = [] }
            return state.written
        }
    }
}

/// Makes a call, and reports its result to `watch`, if there is one.
func watched<Value: Sendable>(
    by watch: StoreWatch?,
    _ call: () async throws(JournalFailure) -> Value
) async throws(JournalFailure) -> Value {
    guard let watch else { return try await call() }
    return try await watch.call(call)
}

/// Makes a call of the client's, and reports its result to `watch`, if there is one.
func watched<Value: Sendable>(
    by watch: StoreWatch?,
    _ call: () async throws(DaprError) -> Value
) async throws(DaprError) -> Value {
    guard let watch else { return try await call() }
    let begin = watch.now
    do throws(DaprError) {
        let value = try await call()
        watch.note(nil, since: begin)
        return value
    } catch {
        watch.note(error, since: begin)
        throw error
    }
}

extension JournalFailure {
    fileprivate var isTrouble: Bool {
        switch self {
        case .store(let error): error.isTrouble
        case .notRead: true
        case .cancelled, .book, .moved, .groundLost, .refusedForNothing: false
        }
    }
}

extension DaprError {
    /// Whether the error may mean trouble of the store, and not just a refusal.
    fileprivate var isTrouble: Bool {
        switch kind {
        case .conflict, .alreadyExists, .notFound, .notConfigured, .invalidArgument, .cancelled: false
        case .refused: (status ?? 500) >= 500
        case .unreachable, .timedOut, .outcomeUnknown, .unreadableAnswer: true
        }
    }
}
