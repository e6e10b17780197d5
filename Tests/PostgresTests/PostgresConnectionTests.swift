import Foundation
import Postgres
import TestSupport
import TestTools
import Testing

@Suite(.privatePostgres) struct PostgresConnectionTests {
    private static let patience: Duration = .seconds(10)

    @Test(arguments: [
        "host=FOLDER user=sidecar dbname=postgres", "host=FOLDER  user = 'sidecar' dbname=postgres sslmode=prefer",
        "postgresql://sidecar@ENCODED/postgres", "postgres:///postgres?host=FOLDER&user=sidecar&connect_timeout=5",
    ])
    func `a connection string of either form connects`(text: String) throws {
        let folder = try PrivatePostgres.current.folder.path
        let string = text.replacing("FOLDER", with: folder)
            .replacing("ENCODED", with: folder.replacing("/", with: "%2F"))
        let connection = try PostgresConnection(to: PostgresTarget(string), timeout: Self.patience)
        #expect(try connection.run("SELECT current_user::text", timeout: Self.patience).text(0, 0) == "sidecar")
        #expect(connection.serverVersion >= 150_000)
    }

    @Test func `what is given beside the string goes before it`() throws {
        let target = try PostgresTarget(
            "host=/nowhere user=nobody dbname=nothing",
            overrides: [("host", PrivatePostgres.current.folder.path), ("user", "sidecar"), ("dbname", "postgres")]
        )
        let connection = try PostgresConnection(to: target, timeout: Self.patience)
        #expect(try connection.run("SELECT 1::text", timeout: Self.patience).text(0, 0) == "1")
    }

    @Test func `every type comes back as it was sent, in binary form`() throws {
        let connection = try PrivatePostgres.current.connect()
        let uuid = try #require(PostgresUUID("0189F7C2-1b2c-7def-8123-456789abcdef"))
        var parameters = PostgresParameters()
        parameters.append("ключ ☃")
        parameters.append("")
        parameters.append(bytea: [0, 1, 255])
        parameters.append(bytea: [])
        parameters.append(-7)
        parameters.append(uuid)
        parameters.append(timestamp: 86_400_000_000)
        parameters.append(timestamp: nil)
        let result = try connection.run(
            "SELECT $1::text, $2::text, $3::bytea, $4::bytea, $5::bigint, $6::uuid, $7::timestamptz, $8::timestamptz",
            parameters,
            timeout: Self.patience
        )
        #expect(result.rowCount == 1 && result.columnCount == 8)
        #expect(result.text(0, 0) == "ключ ☃")
        #expect(result.text(0, 1) == "")
        #expect(result.bytes(0, 2) == [0, 1, 255])
        #expect(result.bytes(0, 3) == [])
        #expect(result.integer(0, 4) == -7)
        #expect(result.uuid(0, 5) == uuid)
        #expect(result.integer(0, 6) == 86_400_000_000)
        #expect(result.bytes(0, 7) == nil)
        #expect(result.bytes(1, 0) == nil && result.bytes(0, 8) == nil && result.bytes(-1, -1) == nil)
    }

    @Test func `arrays arrive whole, with NULL, with no bytes, and empty`() throws {
        let connection = try PrivatePostgres.current.connect()
        let uuids = try ["00000000-0000-4000-8000-000000000001", "ffffffff-ffff-ffff-ffff-ffffffffffff"].map {
            try #require(PostgresUUID($0))
        }
        var parameters = PostgresParameters()
        parameters.append(["a,\"b\"", "", "{}", "NULL"])
        parameters.append(byteas: [[0], []])
        parameters.append(uuids)
        parameters.append(timestamps: [nil, 0])
        parameters.append([String]())
        let result = try connection.run(
            """
            SELECT array_to_json($1::text[])::text, $2::bytea[]::text, $3::uuid[]::text,
              ($4::timestamptz[])[1] IS NULL AND ($4::timestamptz[])[2] = '2000-01-01T00:00:00Z', cardinality($5::text[])
            """,
            parameters,
            results: .text,
            timeout: Self.patience
        )
        #expect(result.text(0, 0) == #"["a,\"b\"","","{}","NULL"]"#)
        #expect(result.text(0, 1) == #"{"\\x00","\\x"}"#)
        #expect(result.text(0, 2) == "{\(uuids[0].text),\(uuids[1].text)}")
        #expect(result.text(0, 3) == "t")
        #expect(result.text(0, 4) == "0")
    }

    @Test(arguments: [
        ("SELEC 1", "42601"), ("SELECT 1/0", "22012"), ("SELECT * FROM nothing_here", "42P01"),
        ("SELECT 'x'::uuid", "22P02"),
    ])
    func `a refusal keeps its SQLSTATE, and the connection goes on`(sql: String, state: String) throws {
        let connection = try PrivatePostgres.current.connect()
        let error = #expect(throws: PostgresError.self) { try connection.run(sql, timeout: Self.patience) }
        #expect(error?.state == SQLState(rawValue: state))
        #expect(error?.description == "PostgreSQL refused with SQLSTATE \(state)")
        #expect(connection.isUsable)
        #expect(try connection.run("SELECT 1::text", timeout: Self.patience).text(0, 0) == "1")
    }

    @Test func `statements of one go are one transaction`() throws {
        let connection = try PrivatePostgres.current.connect()
        try connection.run("CREATE TABLE together (n bigint PRIMARY KEY)", timeout: Self.patience)
        let insert = PostgresStatement(name: "insert", sql: "INSERT INTO together VALUES ($1::bigint)")
        func step(_ number: Int) -> PostgresStep {
            var parameters = PostgresParameters()
            parameters.append(number)
            return PostgresStep(insert, parameters)
        }
        let error = #expect(throws: PostgresError.self) {
            try connection.run([step(1), step(2), step(1), step(3)], timeout: Self.patience)
        }
        #expect(error?.state == .uniqueViolation)
        let count = "SELECT count(*)::text FROM together"
        #expect(try connection.run(count, timeout: Self.patience).text(0, 0) == "0")
        let results = try connection.run([step(1), step(2), step(3)], timeout: Self.patience)
        #expect(results.map(\.affectedRows) == [1, 1, 1])
        #expect(try connection.run(count, timeout: Self.patience).text(0, 0) == "3")
        #expect(!connection.isInTransaction)
    }

    @Test func `a failure at the very end, when a deferred constraint is checked, is the failure of all`() throws {
        let connection = try PrivatePostgres.current.connect()
        try connection.run(
            "CREATE TABLE deferred (n bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)",
            timeout: Self.patience
        )
        let insert = PostgresStep(PostgresStatement(sql: "INSERT INTO deferred VALUES (1)"))
        let error = #expect(throws: PostgresError.self) {
            try connection.run([insert, insert], timeout: Self.patience)
        }
        #expect(error?.state == .uniqueViolation)
        #expect(try connection.run("SELECT 1::text", timeout: Self.patience).text(0, 0) == "1")
    }

    @Test func `a statement with a name is prepared once for its connection, also when its first run is refused`()
        throws
    {
        let connection = try PrivatePostgres.current.connect()
        let divide = PostgresStatement(name: "divide", sql: "SELECT 1 / $1::bigint")
        for number in [0, 1, 0, 1] {
            var parameters = PostgresParameters()
            parameters.append(number)
            let step = PostgresStep(divide, parameters)
            if number == 0 {
                let error = #expect(throws: PostgresError.self) { try connection.run([step], timeout: Self.patience) }
                #expect(error?.state == .divisionByZero)
            } else {
                #expect(try connection.run([step], timeout: Self.patience).first?.integer(0, 0) == 1)
            }
        }
        let names = "SELECT string_agg(name, ' ') FROM pg_prepared_statements"
        #expect(try connection.run(names, timeout: Self.patience).text(0, 0) == "divide")
    }

    @Test func `a transaction block spans several goes`() throws {
        let connection = try PrivatePostgres.current.connect()
        try connection.run("CREATE TABLE block (n bigint)", timeout: Self.patience)
        try connection.run("BEGIN", timeout: Self.patience)
        #expect(connection.isInTransaction)
        try connection.run("INSERT INTO block VALUES (1)", timeout: Self.patience)
        #expect(throws: PostgresError.self) { try connection.run("SELECT 1/0", timeout: Self.patience) }
        #expect(connection.isInTransaction && connection.isUsable)
        try connection.run("ROLLBACK", timeout: Self.patience)
        #expect(!connection.isInTransaction)
        #expect(try connection.run("SELECT count(*)::text FROM block", timeout: Self.patience).text(0, 0) == "0")
    }

    @Test func `much in both directions at once does not block`() throws {
        let connection = try PrivatePostgres.current.connect()
        let echo = PostgresStatement(name: "echo", sql: "SELECT $1::bytea")
        let steps = (0..<60).map { number in
            var parameters = PostgresParameters()
            parameters.append(bytea: [UInt8](repeating: UInt8(number), count: 500_000))
            return PostgresStep(echo, parameters)
        }
        let results = try connection.run(steps, timeout: .seconds(60))
        #expect(results.count == 60)
        for (number, result) in results.enumerated() {
            #expect(result.bytes(0, 0) == [UInt8](repeating: UInt8(number), count: 500_000))
        }
    }

    /// A list whose first server says nothing.
    private func list(_ silent: SilentServer, _ more: String) throws -> PostgresTarget {
        let folder = try PrivatePostgres.current.folder.path
        return try PostgresTarget(
            "host=127.0.0.1,\(folder) port=\(silent.port),5432 user=sidecar dbname=postgres \(more)"
        )
    }

    @Test(arguments: [
        ("connect_timeout=1", 1...4), ("connect_timeout=15", 2...5), ("", 2...5), ("connect_timeout=0", 2...5),
    ])
    func `a silent first server costs its connect_timeout, or its share of the limit`(
        more: String,
        seconds: ClosedRange<Int>
    ) throws {
        let silent = try SilentServer()
        let begin = ContinuousClock.now
        let connection = try PostgresConnection(to: list(silent, more), timeout: .seconds(4))
        let elapsed = begin.duration(to: .now)
        #expect(connection.isUsable)
        #expect(elapsed >= .seconds(seconds.lowerBound) - .milliseconds(100))
        #expect(elapsed < .seconds(seconds.upperBound))
    }

    @Test func `a silent server is tried last for a while`() throws {
        let silent = try SilentServer()
        let memory = PostgresHostMemory()
        let target = try list(silent, "connect_timeout=1")
        _ = try PostgresConnection(to: target, timeout: Self.patience, memory: memory)
        let begin = ContinuousClock.now
        for _ in 0..<5 { _ = try PostgresConnection(to: target, timeout: Self.patience, memory: memory) }
        #expect(begin.duration(to: .now) < .seconds(1))
    }

    @Test func `servers that all fail are told one by one`() throws {
        let silent = try SilentServer()
        let target = try PostgresTarget("host=127.0.0.1,127.0.0.1 port=\(silent.port),1 connect_timeout=1 user=u")
        let error = #expect(throws: PostgresError.self) { try PostgresConnection(to: target, timeout: Self.patience) }
        guard case .notConnected(let message) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message == "server 1 of 2: it did not answer within 1.0 seconds; server 2 of 2: nothing listens there")
    }

    @Test func `one silent server alone is given up after connect_timeout`() throws {
        let silent = try SilentServer()
        let target = try PostgresTarget("host=127.0.0.1 port=\(silent.port) connect_timeout=1 user=u")
        let begin = ContinuousClock.now
        #expect(throws: PostgresError.self) { try PostgresConnection(to: target, timeout: Self.patience) }
        #expect(begin.duration(to: .now) < .seconds(4))
    }

    @Test(arguments: ["prefer-standby", "any", "read-write", "primary"])
    func `a server of the wanted kind is found behind a silent one`(kind: String) throws {
        let silent = try SilentServer()
        let target = try list(silent, "connect_timeout=1 target_session_attrs=\(kind)")
        let connection = try PostgresConnection(to: target, timeout: .seconds(20))
        #expect(connection.isUsable && !connection.isMisplaced)
    }

    @Test func `a server that was made read-only is told from one that takes writes`() throws {
        let target = try PostgresTarget(
            PrivatePostgres.current.connectionString + " target_session_attrs=read-write"
        )
        let connection = try PostgresConnection(to: target, timeout: Self.patience)
        #expect(!connection.isMisplaced)
        try connection.run("SET default_transaction_read_only = on", timeout: Self.patience)
        #expect(connection.isMisplaced && connection.isUsable)
        let any = try PrivatePostgres.current.connect()
        try any.run("SET default_transaction_read_only = on", timeout: Self.patience)
        #expect(!any.isMisplaced)
        let wanted = try PostgresTarget(PrivatePostgres.current.connectionString + " target_session_attrs=standby")
        let error = #expect(throws: PostgresError.self) { try PostgresConnection(to: wanted, timeout: Self.patience) }
        #expect(error?.debugDescription.contains("target_session_attrs") == true)
    }

    @Test(arguments: ["search_path=pg_catalog", "search_path=pg_catalog options='-c geqo=off'"])
    func `settings in the way of Go's driver reach the server`(more: String) throws {
        let target = try PostgresTarget(PrivatePostgres.current.connectionString + " statement_timeout=1234 \(more)")
        let connection = try PostgresConnection(to: target, timeout: Self.patience)
        func shown(_ name: String) throws -> String? {
            try connection.run("SHOW \(name)", results: .text, timeout: Self.patience).text(0, 0)
        }
        #expect(try shown("statement_timeout") == "1234ms")
        #expect(try shown("search_path") == "pg_catalog")
        #expect(try shown("geqo") == (more.contains("geqo") ? "off" : "on"))
    }

    @Test func `what takes too long is given up, and the connection with it`() throws {
        let connection = try PrivatePostgres.current.connect()
        #expect(throws: PostgresError.timedOut(after: .milliseconds(100))) {
            try connection.run("SELECT pg_sleep(30)", timeout: .milliseconds(100))
        }
        #expect(!connection.isUsable)
    }

    @Test func `a connection that the server ended is found out before it is used`() throws {
        let connection = try PrivatePostgres.current.connect()
        let other = try PrivatePostgres.current.connect()
        var parameters = PostgresParameters()
        parameters.append(connection.processID)
        try other.run("SELECT pg_terminate_backend($1::bigint::int, 5000)", parameters, timeout: Self.patience)
        #expect(!connection.isUsable)
        #expect(throws: PostgresError.self) { try connection.run("SELECT 1", timeout: Self.patience) }
    }

    @Test func `a connection that ends during a statement is lost, not refused`() throws {
        let connection = try PrivatePostgres.current.connect()
        let error = #expect(throws: PostgresError.self) {
            try connection.run("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)", timeout: Self.patience)
        }
        guard case .connectionLost(let message) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message.contains("administrator"), "\(message)")
        #expect(!connection.isUsable)
    }
}
