internal import Postgres
internal import Synchronization

/// The shared knowledge of one store's connections about its servers.
///
/// When one connection finds that its server is the wrong one, all leave it: reads would otherwise continue there and
/// return stale values.
final class StoreServers: Sendable {
    /// The servers that did not answer lately.
    let memory = PostgresHostMemory()
    private let state = Mutex(State())

    private struct State {
        /// How often the store has left its server; a connection belongs to the count at which it was made.
        var departures = 0
        /// The departures since the last successful write.
        var failures = 0
        var notBefore: ContinuousClock.Instant?
    }

    private static let shortestPause: Duration = .milliseconds(50)
    private static let longestPause: Duration = .seconds(2)

    /// How often the store has left its server.
    var departures: Int { state.withLock { $0.departures } }

    /// Leaves the server of a connection that was made after `departures` departures.
    ///
    /// It returns `false` when that was tried a moment ago and did not help.
    func leave(madeAfter departures: Int) -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            // Another connection has already left it.
            if departures < state.departures { return true }
            if let notBefore = state.notBefore, now < notBefore { return false }
            state.notBefore = now + min(Self.shortestPause * (1 << min(state.failures, 10)), Self.longestPause)
            state.departures += 1
            state.failures += 1
            return true
        }
    }

    /// Records a successful write, which shows that the server is the right one.
    func noteWrite() {
        state.withLock { state in
            if state.failures == 0 { return }
            state.failures = 0
            state.notBefore = nil
        }
    }
}
