internal import Postgres
internal import Synchronization

/// What the connections of one store know together of its servers.
///
/// When one finds its server to be the wrong one, all leave it: reads would otherwise go on there and show what was true once.
final class StoreServers: Sendable {
    /// The servers that gave no answer lately.
    let memory = PostgresHostMemory()
    private let state = Mutex(State())

    private struct State {
        /// How often the store has left its server; a connection belongs to the count at which it was made.
        var departures = 0
        /// Those since the last write that was taken.
        var failures = 0
        var notBefore: ContinuousClock.Instant?
    }

    private static let shortestPause: Duration = .milliseconds(50)
    private static let longestPause: Duration = .seconds(2)

    /// How often the store has left its server.
    var departures: Int { state.withLock { $0.departures } }

    /// Leaves the server of a connection that was made after so many departures; `false` when that was tried a moment ago and did not help.
    func leave(madeAfter departures: Int) -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            // Another has left it meanwhile.
            if departures < state.departures { return true }
            if let notBefore = state.notBefore, now < notBefore { return false }
            state.notBefore = now + min(Self.shortestPause * (1 << min(state.failures, 10)), Self.longestPause)
            state.departures += 1
            state.failures += 1
            return true
        }
    }

    /// A write was taken: the server is the right one.
    func noteWrite() {
        state.withLock { state in
            if state.failures == 0 { return }
            state.failures = 0
            state.notBefore = nil
        }
    }
}
