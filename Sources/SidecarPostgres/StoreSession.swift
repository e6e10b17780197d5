internal import Postgres
internal import Sidecar

/// The connection of one thread: made when it is needed, made anew when it ended or its server is the wrong one, with pauses between
/// attempts that fail.
final class StoreSession {
    private let options: PostgresStoreOptions
    private let random: @Sendable () -> Double
    private let servers: StoreServers
    private var connection: PostgresConnection?
    /// How often the store had left its server when the connection was made.
    private var departures = 0
    private var lastUse = ContinuousClock.now
    /// The attempts that failed since the last that did not.
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

    /// The connection, made if there is none that works; `beforeConnecting` is done first when one must be made, which takes time.
    ///
    /// During a pause after a failed attempt it fails at once, so that callers do not queue up before a server that is away.
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
            // Whatever it was, nothing of a caller's was sent.
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

    /// Closes the connection; the next use makes another.
    func drop() { connection = nil }

    /// Gives up the connection's server, for all connections of the store; `false` when that was tried a moment ago and did not help.
    func leave() -> Bool {
        guard servers.leave(madeAfter: departures) else { return false }
        drop()
        return true
    }

    /// A write was taken by the connection's server.
    func noteWrite() { servers.noteWrite() }

    /// Closes a connection that lay unused for too long.
    func dropIfIdle() {
        guard let limit = options.maxIdleTime, lastUse.duration(to: .now) >= limit else { return }
        drop()
    }

    /// What holds for the whole session.
    private func prepare(_ connection: PostgresConnection) throws(PostgresError) {
        // Behind a pooler the session is not ours to change.
        guard options.preparesStatements else { return }
        let (seconds, attoseconds) = options.timeout.components
        let milliseconds = min(seconds, 2_000_000) * 1000 + attoseconds / 1_000_000_000_000_000
        // A statement that the server itself gives up is known not to have happened; one that this side gives up is not, so the server is
        // the first. It also ends a transaction that this side has stopped in. Shorter limits of the connection string or the server stay.
        try connection.run(
            """
            SELECT set_config(name, '\(milliseconds)', false) FROM pg_settings
            WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout')
              AND (setting::bigint = 0 OR setting::bigint > \(milliseconds))
            """,
            timeout: options.timeout
        )
        // Each statement goes by a key's index whatever the table was like when its plan was made.
        try connection.run("SET plan_cache_mode = force_generic_plan", timeout: options.timeout)
        for way in ["seqscan", "hashjoin", "mergejoin"] {
            try connection.run("SET enable_\(way) = off", timeout: options.timeout)
        }
    }
}
