internal import DaprSidecar
internal import Postgres

/// The connection of one thread: opened on demand, and again when it has ended or its server is the wrong one.
///
/// There are pauses between failed attempts.
final class StoreSession {
    private let options: PostgresStoreOptions
    private let random: @Sendable () -> Double
    private let servers: StoreServers
    private var connection: PostgresConnection?
    /// The count of departures at which the connection was made.
    private var departures = 0
    private var lastUse = ContinuousClock.now
    /// The number of failed attempts since the last success.
    private var failures = 0
    private var notBefore: ContinuousClock.Instant?
    private var lastFailure = PostgresError.notConnected(message: "")

    private static let shortestPause: Duration = .milliseconds(50)
    private static let longestPause: Duration = .seconds(2)

    init(_ options: PostgresStoreOptions, _ servers: StoreServers, _ surroundings: Surroundings) {
        self.options = options
        self.servers = servers
        random = surroundings.random
    }

    /// The connection, opened if there is no usable one; `beforeConnecting` runs first in that case, because connecting
    /// takes time.
    ///
    /// During a pause after a failed attempt it fails at once, so that callers do not queue up for an unreachable
    /// server.
    func connected(beforeConnecting: () -> Void = {}) throws(PostgresError) -> PostgresConnection {
        lastUse = .now
        if let connection {
            let isLeft = departures < servers.departures
            if !isLeft && connection.isUsable && !connection.isInTransaction && !connection.isMisplaced {
                return connection
            }
            if connection.isMisplaced { _ = servers.leave(madeAfter: departures) }
            drop()
        }
        beforeConnecting()
        if let notBefore, ContinuousClock.now < notBefore { throw lastFailure }
        do throws(PostgresError) {
            departures = servers.departures
            let made = try PostgresConnection(to: options.target, timeout: options.timeout, memory: servers.memory)
            try prepare(made)
            failures = 0
            notBefore = nil
            connection = made
            return made
        } catch {
            // Whatever the error was, nothing of the caller's was sent.
            if case .notConnected = error {
                lastFailure = error
            } else {
                lastFailure = .notConnected(message: error.debugDescription)
            }
            let pause = min(Self.shortestPause * (1 << min(failures, 10)), Self.longestPause)
            notBefore = .now + pause * (0.5 + random() / 2)
            failures += 1
            throw lastFailure
        }
    }

    /// Closes the connection; the next use opens another.
    func drop() { connection = nil }

    /// Leaves the connection's server, for all connections of the store; `false` when that was tried a moment ago and
    /// did not help.
    func leave() -> Bool {
        guard servers.leave(madeAfter: departures) else { return false }
        drop()
        return true
    }

    /// Records a successful write on the connection's server.
    func noteWrite() { servers.noteWrite() }

    /// Closes the connection if it has been idle too long.
    func dropIfIdle() {
        guard let limit = options.maxIdleTime, lastUse.duration(to: .now) >= limit else { return }
        drop()
    }

    /// Sets the options of the whole session.
    private func prepare(_ connection: PostgresConnection) throws(PostgresError) {
        // Behind a pooler the session is shared, so it must not be changed.
        guard options.preparesStatements else { return }
        let (seconds, attoseconds) = options.timeout.components
        let milliseconds = min(seconds, 2_000_000) * 1000 + attoseconds / 1_000_000_000_000_000
        // The server must time out before this side does: a statement that the server cancels is known not to have
        // taken effect, one that this side abandons is not. The server also ends a transaction in which this side has
        // stopped. Shorter limits that are already set stay.
        try connection.run(
            """
            SELECT set_config(name, '\(milliseconds)', false) FROM pg_settings
            WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout')
              AND (setting::bigint = 0 OR setting::bigint > \(milliseconds))
            """,
            timeout: options.timeout
        )
        // Each statement uses a key's index, whatever the table was like when its plan was made.
        try connection.run("SET plan_cache_mode = force_generic_plan", timeout: options.timeout)
        for way in ["seqscan", "hashjoin", "mergejoin"] {
            try connection.run("SET enable_\(way) = off", timeout: options.timeout)
        }
    }
}
