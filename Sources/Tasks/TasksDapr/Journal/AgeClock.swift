internal import Dapr
internal import DaprJSON
internal import Synchronization
internal import Tasks

/// The time by which ages are measured: how long idempotency keys are remembered and commits are kept.
///
/// A machine whose clock jumps by a month must not make others forget or delete. Therefore the store holds this time,
/// under `clock`, as `{"milliseconds":1767323045678,"v":1}`. Every server advances it, never beyond its own clock and
/// at most twice as fast as time passes for that server. A leap of both its clocks, as after a sleep, counts as half a
/// minute. After a period in which no server ran, this time lags behind and catches up, which only keeps data longer.
final class AgeClock: Sendable {
    private struct State {
        /// The time in the store at the last look, and the instant of that look.
        var base: Timestamp?
        var at: ContinuousClock.Instant
    }

    static let key: StateKey = "clock"
    /// How far, in milliseconds, this time must be ahead of the stored one before it is written.
    private static let step: Int64 = 10_000
    /// The most time since the last look that counts; servers look every few seconds.
    private static let longest = Duration.seconds(30)

    private let state: Mutex<State>
    private let documents: VersionedDocuments
    private let wall: @Sendable () -> Timestamp
    private let clock: @Sendable () -> ContinuousClock.Instant

    init(
        documents: VersionedDocuments,
        wall: @escaping @Sendable () -> Timestamp,
        clock: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        state = Mutex(State(at: clock()))
        self.documents = documents
        self.wall = wall
        self.clock = clock
    }

    /// The time now; `nil` until the store was asked.
    var now: Timestamp? {
        let (instant, most) = (clock(), wall())
        return state.withLock { state in
            state.base.map { AgeClock.time(after: $0, passed: state.at.duration(to: instant), most) }
        }
    }

    /// Advances the store's time, and learns how far others have advanced it.
    func keep() async throws(JournalFailure) {
        let (instant, most) = (clock(), wall())
        let reached = now
        var reachedHere = most
        try await documents.update(AgeClock.key) { bytes in
            let stored = bytes.flatMap(AgeClock.time(decoding:))
            if let stored {
                reachedHere = max(stored, min(most, reached ?? .epoch))
            } else {
                // The first server of all starts with its own clock; one that knew a time which the store has lost does
                // not, since its clock may have jumped.
                reachedHere = reached.map { min(most, $0) } ?? most
            }
            guard reachedHere.milliseconds - (stored?.milliseconds ?? 0) >= AgeClock.step else { return nil }
            return AgeClock.encoded(reachedHere)
        }
        state.withLock { state in
            (state.base, state.at) = (max(state.base ?? reachedHere, reachedHere), instant)
        }
    }

    private static func time(after base: Timestamp, passed: Duration, _ most: Timestamp) -> Timestamp {
        let reached = base.advanced(byMilliseconds: min(passed, longest).wholeMilliseconds * 2)
        return max(base, min(most, reached))
    }

    private static func time(decoding bytes: [UInt8]) -> Timestamp? {
        (try? JSONValue(parsing: bytes))?["milliseconds"].flatMap(Timestamp.init(stored:))
    }

    static func encoded(_ time: Timestamp) -> [UInt8] {
        JSONValue.object(["milliseconds": .integer(Int(time.milliseconds)), "v": 1]).serialized()
    }
}
