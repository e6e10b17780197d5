internal import Postgres
internal import Sidecar

/// The statements of a state table.
///
/// Many rows travel as one statement with arrays: the server then starts one plan for all of them.
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
        // Rows that are there are updated, which costs a quarter less than to insert and be refused; the conflict is left for what
        // comes between.
        putMany = statement(
            "put_many",
            """
            WITH given AS MATERIALIZED (\(rows) AS given (key, value, etag, expires_at)), updated AS (
              UPDATE \(table) AS present SET value = given.value, etag = given.etag, expires_at = given.expires_at,
                updated_at = now() FROM given WHERE present.key = given.key RETURNING present.key
            ) \(insert) SELECT * FROM given WHERE key NOT IN (SELECT key FROM updated) \(overwrite)
            """
        )
        // A row that somebody made meanwhile is not overwritten; then fewer rows are written than should be, and the division
        // by zero takes the transaction back before the COMMIT that is already on its way.
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

    /// Reads keys that have not expired.
    func read(_ keys: [String], at now: WallTime) -> PostgresStep {
        var parameters = PostgresParameters()
        if keys.count == 1 { parameters.append(keys[0]) } else { parameters.append(keys) }
        parameters.append(timestamp: PostgresTime.microseconds(now))
        return PostgresStep(keys.count == 1 ? get : getMany, parameters)
    }

    /// Reads versions and ends, also of what has expired, and keeps others from changing those rows.
    func look(at keys: [String]) -> PostgresStep {
        var parameters = PostgresParameters()
        parameters.append(keys)
        return PostgresStep(look, parameters)
    }

    /// What makes a group so.
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

    /// The microsecond in which a moment lies; an end in the midst of one is told as the microsecond's begin.
    static func microseconds(_ time: WallTime) -> Int64 { time.nanoseconds / 1000 - start }

    /// The moment; what is out of reach becomes the nearest one, as `infinity` does.
    static func time(_ microseconds: Int64) -> WallTime {
        let (sum, overflow) = microseconds.addingReportingOverflow(start)
        let (product, isTooMuch) = sum.multipliedReportingOverflow(by: 1000)
        if overflow || isTooMuch { return WallTime(nanoseconds: microseconds < 0 ? .min : .max) }
        return WallTime(nanoseconds: product)
    }
}
