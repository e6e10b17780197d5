internal import DaprSidecar
internal import Postgres

/// Removes expired rows, which reads no longer see, once an interval; the first of several sidecars does it.
struct ExpiredRowCleaner {
    private let options: PostgresStoreOptions
    private let interval: Duration
    private var last = ContinuousClock.now

    /// The most rows that one statement removes.
    private static let portion = 5000

    /// Creates a cleaner; `nil` when the component disables it.
    init?(_ options: PostgresStoreOptions) {
        guard let interval = options.cleanupInterval else { return nil }
        self.options = options
        self.interval = interval
    }

    /// Whether the interval has passed since this sidecar's last attempt.
    var isDue: Bool { last.duration(to: .now) >= interval }

    /// Removes expired rows, unless another sidecar did within the interval.
    mutating func cleanUp(_ session: StoreSession, at now: WallTime) {
        last = .now
        do throws(PostgresError) {
            let connection = try session.connected()
            guard try takesTurn(connection) else { return }
            var parameters = PostgresParameters()
            parameters.append(timestamp: PostgresTime.microseconds(now))
            let table = options.table.quoted
            var removed = Self.portion
            while removed == Self.portion {
                removed = try connection.run(
                    """
                    DELETE FROM \(table) WHERE ctid = ANY(ARRAY(
                      SELECT ctid FROM \(table) WHERE expires_at <= $1::timestamptz LIMIT \(Self.portion) FOR UPDATE SKIP LOCKED
                    ))
                    """,
                    parameters,
                    timeout: options.timeout
                ).affectedRows
            }
        } catch {
            // The rows stay hidden, and the next interval tries again; the next use notices a broken connection.
            return
        }
    }

    /// Records the time of this cleaning; `false` when the last one was less than an interval ago.
    private func takesTurn(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
        let (seconds, attoseconds) = interval.components
        var parameters = PostgresParameters()
        parameters.append("last-cleanup-state-v2-\(options.tablePrefix)")
        parameters.append(Int(clamping: min(seconds, 1 << 32) * 1000 + attoseconds / 1_000_000_000_000_000))
        return try connection.run(
            """
            INSERT INTO \(options.metadataTable.quoted) AS present (key, value)
            VALUES ($1::text, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00')
            ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
            WHERE present.value::timestamptz <= now() - $2::bigint * interval '1 millisecond'
            """,
            parameters,
            timeout: options.timeout
        ).affectedRows > 0
    }
}
