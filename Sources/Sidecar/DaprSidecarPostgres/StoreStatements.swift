internal import DaprSidecar
internal import Postgres

/// The statements of a state table.
///
/// Many rows are sent as one statement with arrays, so that the server starts one plan for all of them.
struct StoreStatements {
    let begin: PostgresStatement
    let commit: PostgresStatement
    private let get: PostgresStatement
    private let getMany: PostgresStatement
    private let look: PostgresStatement
    private let put: PostgresStatement
    private let putMany: PostgresStatement
    private let putNew: PostgresStatement
    private let delete: PostgresStatement

    init(_ options: PostgresStoreOptions) {
        let table = options.table.quoted
        func statement(_ name: String, _ sql: String) -> PostgresStatement {
            PostgresStatement(name: options.preparesStatements ? "state_\(name)" : nil, sql: sql)
        }
        begin = statement("begin", "BEGIN")
        commit = statement("commit", "COMMIT")
        let visible = "(expires_at IS NULL OR expires_at > $2::timestamptz)"
        let read = "SELECT key, value, etag, expires_at FROM \(table) WHERE key"
        get = statement("get", "\(read) = $1::text AND \(visible)")
        getMany = statement("get_many", "\(read) = ANY($1::text[]) AND \(visible)")
        look = statement(
            "look",
            "SELECT key, etag, expires_at FROM \(table) WHERE key = ANY($1::text[]) ORDER BY key COLLATE \"C\" FOR UPDATE"
        )
        let insert = "INSERT INTO \(table) AS present (key, value, etag, expires_at)"
        let rows = "SELECT * FROM unnest($1::text[], $2::bytea[], $3::uuid[], $4::timestamptz[])"
        let overwrite = """
            ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, etag = EXCLUDED.etag,
              expires_at = EXCLUDED.expires_at, updated_at = now()
            """
        put = statement("put", "\(insert) VALUES ($1::text, $2::bytea, $3::uuid, $4::timestamptz) \(overwrite)")
        // Existing rows are updated first, which costs a quarter less than a refused insert; the conflict clause
        // handles rows that appear between the two.
        putMany = statement(
            "put_many",
            """
            WITH given AS MATERIALIZED (\(rows) AS given (key, value, etag, expires_at)), updated AS (
              UPDATE \(table) AS present SET value = given.value, etag = given.etag, expires_at = given.expires_at,
                updated_at = now() FROM given WHERE present.key = given.key RETURNING present.key
            ) \(insert) SELECT * FROM given WHERE key NOT IN (SELECT key FROM updated) \(overwrite)
            """
        )
        // A row that another session created meanwhile is not overwritten. Then fewer rows are written than expected,
        // and the division by zero rolls the transaction back before the COMMIT that is already on its way.
        putNew = statement(
            "put_new",
            """
            WITH written AS (
              \(insert) \(rows) \(overwrite) WHERE present.expires_at <= $5::timestamptz RETURNING 1
            ) SELECT 1 / (CASE WHEN count(*) = $6::bigint THEN 1 ELSE 0 END) FROM written
            """
        )
        delete = statement("delete", "DELETE FROM \(table) WHERE key = ANY($1::text[])")
    }

    /// Reads the values of keys that have not expired.
    func read(_ keys: [String], at now: WallTime) -> PostgresStep {
        var parameters = PostgresParameters()
        if keys.count == 1 { parameters.append(keys[0]) } else { parameters.append(keys) }
        parameters.append(timestamp: PostgresTime.microseconds(now))
        return PostgresStep(keys.count == 1 ? get : getMany, parameters)
    }

    /// Reads ETags and expiry times, even of expired rows, and locks those rows.
    func look(at keys: [String]) -> PostgresStep {
        var parameters = PostgresParameters()
        parameters.append(keys)
        return PostgresStep(look, parameters)
    }

    /// The steps that carry out a group.
    func write(_ group: StoreGroup, at now: WallTime) -> [PostgresStep] {
        var steps: [PostgresStep] = []
        let upserts = group.upserts
        if upserts.count == 1, let row = upserts.first {
            var parameters = PostgresParameters()
            parameters.append(row.key)
            parameters.append(bytea: row.value)
            parameters.append(row.etag)
            parameters.append(timestamp: row.expires.map(PostgresTime.microseconds))
            steps.append(PostgresStep(put, parameters))
        } else if !upserts.isEmpty {
            steps.append(PostgresStep(putMany, Self.columns(upserts)))
        }
        let inserts = group.inserts
        if !inserts.isEmpty {
            var parameters = Self.columns(inserts)
            parameters.append(timestamp: PostgresTime.microseconds(now))
            parameters.append(inserts.count)
            steps.append(PostgresStep(putNew, parameters))
        }
        let deletes = group.deletes
        if !deletes.isEmpty {
            var parameters = PostgresParameters()
            parameters.append(deletes)
            steps.append(PostgresStep(delete, parameters))
        }
        return steps
    }

    private static func columns(_ rows: [StoreGroup.Row]) -> PostgresParameters {
        var parameters = PostgresParameters()
        parameters.append(rows.map(\.key))
        parameters.append(byteas: rows.map(\.value))
        parameters.append(rows.map(\.etag))
        parameters.append(timestamps: rows.map { $0.expires.map(PostgresTime.microseconds) })
        return parameters
    }
}

/// PostgreSQL's time: microseconds since 2000.
enum PostgresTime {
    private static let start: Int64 = 946_684_800_000_000

    /// The microsecond that contains a moment, so an expiry within a microsecond is reported as its beginning.
    static func microseconds(_ time: WallTime) -> Int64 { time.nanoseconds / 1000 - start }

    /// The moment, clamped to the representable range, as for `infinity`.
    static func time(_ microseconds: Int64) -> WallTime {
        let (sum, overflow) = microseconds.addingReportingOverflow(start)
        let (product, isTooMuch) = sum.multipliedReportingOverflow(by: 1000)
        if overflow || isTooMuch { return WallTime(nanoseconds: microseconds < 0 ? .min : .max) }
        return WallTime(nanoseconds: product)
    }
}
