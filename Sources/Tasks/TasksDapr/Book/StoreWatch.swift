internal import Dapr
internal import Synchronization
internal import Tasks

/// Watches for signs that the store may have gone back in time: a failover to a copy that lacked the last commits, a restored backup.
///
/// Such a thing breaks connections, takes a while, or happens while nobody asks. So a call that fails, is late or comes after a silence puts every
/// view in doubt, and before a view decides again the commit it stands on is looked for. What slips through is found by looking at the books
/// that were written since the last look: see ``RelayUpkeep``.
final class StoreWatch: Sendable {
    private struct State {
        /// When a call last ended well.
        var heardAt: ContinuousClock.Instant?
        /// When something last went wrong.
        var troubledAt: ContinuousClock.Instant?
        var written: Set<OwnerID> = []
    }

    /// How long a call may take, and how long nobody may ask, before the store may be another.
    private static let patience = Duration.seconds(1)

    private let state = Mutex(State())
    private let clock: @Sendable () -> ContinuousClock.Instant

    init(clock: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.clock = clock
    }

    /// When a call begins that ``note(_:since:)`` is told of.
    var now: ContinuousClock.Instant { clock() }

    /// Makes a call, and notes how it ends.
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

    /// Notes how a call ended that was begun at a time.
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

    /// Notes that a call failed; reads of tasks are too many to be timed.
    func noteFailure(_ error: DaprError) {
        if error.isTrouble { note(isTrouble: true, since: clock()) }
    }

    /// When the store was last in trouble, of which a silence until now is a kind; nil when it never was.
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

    /// The owners with acknowledged commits since this was last asked.
    func takeWritten() -> Set<OwnerID> {
        state.withLock { state in
            defer { state.written = [] }
            return state.written
        }
    }
}

/// Makes a call, and has its end noted where somebody watches.
func watched<Value: Sendable>(
    by watch: StoreWatch?,
    _ call: () async throws(JournalFailure) -> Value
) async throws(JournalFailure) -> Value {
    guard let watch else { return try await call() }
    return try await watch.call(call)
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
    /// Whether the store may be in trouble, and not only have refused.
    fileprivate var isTrouble: Bool {
        switch kind {
        case .conflict, .alreadyExists, .notFound, .notConfigured, .invalidArgument, .cancelled: false
        case .refused: (status ?? 500) >= 500
        case .unreachable, .timedOut, .outcomeUnknown, .unreadableAnswer: true
        }
    }
}
