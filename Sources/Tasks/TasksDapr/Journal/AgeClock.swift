internal import Dapr
internal import DaprJSON
internal import Synchronization
internal import Tasks

/// The time by which ages are told: how long keys of commands are remembered, and commits kept.
///
/// A machine whose clock jumps by a month must not have others forget or delete. So this time stands in the store, under `clock`, as
/// `{"milliseconds":1767323045678,"v":1}`, and every server brings it forward as it goes: never beyond its own clock, and at most twice as fast as time
/// really passes for it; a leap of both its clocks, as after a sleep, counts as half a minute. After a time in which no server ran it lags behind, which
/// only has things kept longer, and catches up.
final class AgeClock: Sendable {
    private struct State {
        /// The time in the store when it was last looked at, and when that was.
        var base: Timestamp?
        var at: ContinuousClock.Instant
    }

    static let key: StateKey = "clock"
    /// How far it may be ahead of what is stored before it is written.
    private static let step: Int64 = 10_000
    /// How much of the time since the store was last looked at counts; it is looked at every few seconds.
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

    /// The time now; nil as long as the store was not asked.
    var now: Timestamp? {
        let (instant, most) = (clock(), wall())
        return state.withLock { state in
            state.base.map { AgeClock.time(after: $0, passed: state.at.duration(to: instant), most) }
        }
    }

    /// Brings the store's time forward, and learns how far others brought it.
    func keep() async throws(JournalFailure) {
        let (instant, most) = (clock(), wall())
        let reached = now ?? .epoch
        var reachedHere = most
        try await documents.update(AgeClock.key) { bytes in
            let stored = bytes.flatMap(AgeClock.time(decoding:))
            // The first server of all begins with its own.
            reachedHere = stored.map { max($0, min(most, reached)) } ?? most
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
