internal import Postgres
internal import Sidecar

/// The connection of one thread: made when it is needed, made anew when it ended, with pauses between attempts that fail.
final class StoreSession {
    private let options: PostgresStoreOptions
    private let random: @Sendable () -> Double
    private var connection: PostgresConnection?
    private var lastUse = ContinuousClock.now
    /// The attempts that failed since the last that did not.
    private var failures = 0
    private var notBefore: ContinuousClock.Instant?
    private var lastFailure = PostgresError.notConnected(message: "")

    private static let shortestPause: Duration = .milliseconds(50)
    private static let longestPause: Duration = .seconds(2)

    init(_ options: PostgresStoreOptions, _ surroundings: Surroundings) {
        self.options = options
        random = surroundings.random
    }

    /// The connection, made if there is none that works; `beforeConnecting` is done first when one must be made, which takes time.
    ///
    /// During a pause after a failed attempt it fails at once, so that callers do not queue up before a server that is away.
    func connected(beforeConnecting: () -> Void = {}) throws(PostgresError) -> PostgresConnection {
        lastUse = .now
        if let connection {
            if connection.isUsable && !connection.isInTransaction { return connection }
            drop()
        }
        beforeConnecting()
        if let notBefore, ContinuousClock.now < notBefore { throw lastFailure }
        do throws(PostgresError) {
            let made = try PostgresConnection(to: options.target, timeout: options.timeout)
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
        // Each statement goes by a key's index whatever the table was like when its plan was made. A statement that the server
        // itself gives up is known not to have happened; one that this side gives up is not, so the server is the first.
        try connection.run("SET statement_timeout = \(milliseconds)", timeout: options.timeout)
        try connection.run("SET plan_cache_mode = force_generic_plan", timeout: options.timeout)
        for way in ["seqscan", "hashjoin", "mergejoin"] {
            try connection.run("SET enable_\(way) = off", timeout: options.timeout)
        }
    }
}
