import Testing

@testable import Postgres

@Suite struct PostgresTargetTests {
    @Test(arguments: [
        "hunter2", "host=localhost password=hunter2 x", "host=localhost pool_max_conns=3 password=hunter2 x",
        "postgresql://u:p@localhost/d?sslmode=prefer&hunter2=x", "postgresql://u@localhost/d?role=%zz&password=hunter2",
        "postgresql://u:hunter2%zz@localhost/d", "postgresql://u:hunter2@[::1/d", "host=localhost password='hunter2",
        "host=localhost password=pass hunter2=x", "host=localhost pool_hunter2=x",
        "host=localhost password=hunter2\u{0}",
    ])
    func `a string that libpq cannot read is refused without a word of it`(text: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresTarget(text) }
        guard case .badConnectionString(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!reason.contains("hunter2"), "\(reason)")
        #expect(!"\(String(describing: error))".contains("hunter2"))
    }

    struct Driven: Sendable, CustomTestStringConvertible {
        var text: String
        /// What is left for libpq.
        var string: String
        var words: [String] = []
        var options: String?
        var testDescription: String { text }
    }

    @Test(arguments: [
        Driven(text: "host=h dbname=d", string: "host=h dbname=d"), Driven(text: "", string: ""),
        Driven(text: "postgres://u@h/d?sslmode=disable", string: "postgres://u@h/d?sslmode=disable"),
        Driven(
            text: "host=h pool_max_conns=10  user = u pool_max_conn_lifetime='1 h' dbname=d",
            string: "host=h user = u dbname=d",
            words: ["pool_max_conns=10", "pool_max_conn_lifetime=1 h"]
        ),
        Driven(
            text: "postgres://u:p@h:5/d?pool_min_conns=1&sslmode=disable&pool_health_check_period=1m",
            string: "postgres://u:p@h:5/d?sslmode=disable",
            words: ["pool_min_conns=1", "pool_health_check_period=1m"]
        ),
        Driven(text: "postgresql:///d?pool_max_conns=2", string: "postgresql:///d", words: ["pool_max_conns=2"]),
        // A ? in the login begins no words.
        Driven(
            text: "postgres://u:a?pool_max_conns=1@h/d?pool_max_conns=2",
            string: "postgres://u:a?pool_max_conns=1@h/d",
            words: ["pool_max_conns=2"]
        ),
        Driven(text: #"password='pool_max_conns=1 \' x' host=h"#, string: #"password='pool_max_conns=1 \' x' host=h"#),
        Driven(text: "host=h database='a b'", string: "host=h dbname='a b'"),
        Driven(text: "postgres://h?database=a%20b&user=u", string: "postgres://h?user=u&dbname=a%20b"),
        Driven(text: "host=h search_path=a", string: "host=h", options: "-c search_path=a"),
        Driven(
            text: #"search_path='a, "b c"' statement_timeout=5000 host=h"#,
            string: "host=h",
            options: #"-c search_path=a,\ "b\ c" -c statement_timeout=5000"#
        ),
        Driven(
            text: "postgres://h/d?timezone=Europe%2FBerlin&options=-c%20geqo%3Doff",
            string: "postgres://h/d?options=-c%20geqo%3Doff",
            options: "-c geqo=off -c timezone=Europe/Berlin"
        ),
    ])
    func `the words of Go's driver are taken out, and settings become options`(row: Driven) throws {
        let target = try PostgresTarget(row.text)
        #expect(target.connectionString == row.string)
        #expect(target.driverWords.map { "\($0.name)=\($0.value)" } == row.words)
        #expect(target.keywords.last { $0.keyword == "options" }?.value == row.options)
    }

    @Test(arguments: [
        "postgres://u:SECRETPW1/x@host/d", "host=h port=SECRETPW1", "host=h connect_timeout=SECRETPW1",
        "host=h sslmode=SECRETPW1", "host=h target_session_attrs=SECRETPW1", "host=a,b port=1,2,SECRETPW1 user=u",
        "host=h hostaddr=SECRETPW1", "postgres://u:SECRET@PW1@host/d",
        // A name that is too long for any resolver to ask about.
        "host=SECRETPW1\(String(repeating: "x", count: 300)) user=SECRETPW1 dbname=SECRETPW1",
        "postgres://SECRETPW1:1234@127.0.0.1:1/SECRETPW1?password=SECRETPW1", "host=/SECRETPW1/hidden user=u",
        "host=127.0.0.1,127.0.0.1 port=1,2 user=SECRETPW1 dbname=SECRETPW1",
    ])
    func `what goes wrong on the way tells nothing of the string`(text: String) throws {
        let error = #expect(throws: PostgresError.self) {
            try PostgresConnection(to: PostgresTarget(text), timeout: .seconds(20))
        }
        let told = "\(String(describing: error)) \(String(reflecting: error)) \(error?.debugDescription ?? "")"
        for part in ["SECRET", "PW1", "127.0.0.1", "1234", "host/d", "hidden"] {
            #expect(!told.contains(part), "\(told)")
        }
    }

    @Test(arguments: [
        (#"connection to server at "10.0.0.1", port 5432 failed: Connection refused"#, ConnectFault.nobodyListens),
        (#"could not translate host name "a" to address: Name or service not known"#, .unknownName),
        (#"connection to server on socket "/x/.s.PGSQL.5432" failed: No such file or directory"#, .noSocket),
        (#"invalid integer value "SECRET" for connection option "port""#, .badValue(option: "port")),
        (#"invalid sslmode value: "SECRET""#, .badValue(option: "sslmode")),
        (#"invalid integer value "x" for connection option "SECRET""#, .badValue(option: nil)),
        (#"FATAL: password authentication failed for user "u""#, .refusedLogin),
        (#"FATAL: no pg_hba.conf entry for host "h", user "u", database "d", no encryption"#, .notLetIn),
        (#"FATAL: database "d" does not exist"#, .unknownDatabase), (#"FATAL: role "u" does not exist"#, .unknownUser),
        ("connection to server failed: session is read-only", .wrongRole),
        ("FATAL: sorry, too many clients already", .full), ("FATAL: the database system is starting up", .notReady),
        (#"FATAL: unrecognized configuration parameter "SECRET""#, .badSetting),
        ("server closed the connection unexpectedly", .hungUp),
        ("received invalid response to SSL negotiation: H", .hungUp),
        ("SSL error: certificate verify failed", .noEncryption), ("fe_sendauth: no password supplied", .refusedLogin),
        ("etwas ganz anderes: SECRET", .other),
    ])
    func `libpq's text is looked at and not passed on`(text: String, fault: ConnectFault) {
        let found = ConnectFault(libraryMessage: text, keywords: ConnectionOptions.keywords)
        #expect(found == fault)
        #expect(!"\(found)".contains("SECRET"))
    }

    @Test func `a server that is not there cannot be connected to, and the password is not told`() throws {
        let target = try PostgresTarget("host=/nowhere user=u password=hunter2 dbname=d")
        let error = #expect(throws: PostgresError.self) { try PostgresConnection(to: target, timeout: .seconds(2)) }
        guard case .notConnected(let message) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message.contains("no such socket") && !message.contains("/nowhere"))
        #expect(!message.contains("hunter2") && !"\(target)".contains("hunter2"))
    }

    @Test(arguments: [
        ("0189f7c2-1b2c-7def-8123-456789abcdef", "0189f7c2-1b2c-7def-8123-456789abcdef"),
        ("0189F7C2-1B2C-7DEF-8123-456789ABCDEF", "0189f7c2-1b2c-7def-8123-456789abcdef"),
        ("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"),
        ("0189f7c21b2c7def8123456789abcdef", nil), ("0189f7c2-1b2c-7def-8123-456789abcde", nil),
        ("0189f7c2-1b2c-7def-8123-456789abcdef0", nil), ("0189f7c2-1b2c-7def-8123-456789abcdeg", nil),
        ("0189f7c2x1b2c-7def-8123-456789abcdef", nil), ("", nil), ("☃", nil),
    ])
    func `a UUID is read in one form and written in it`(text: String, read: String?) {
        #expect(PostgresUUID(text)?.text == read)
    }

    @Test(arguments: [
        ("25006", true, false), ("26000", true, false), ("42P05", true, false), ("08006", false, true),
        ("57P01", false, true), ("57P02", false, true), ("57P03", false, true), ("57014", false, false),
        ("40001", false, false), ("23505", false, false),
    ])
    func `a state tells whether another server may do, and whether the connection ends`(
        state: String,
        isOfAnotherServer: Bool,
        endsConnection: Bool
    ) {
        #expect(SQLState(rawValue: state).isOfAnotherServer == isOfAnotherServer)
        #expect(SQLState(rawValue: state).endsConnection == endsConnection)
    }

    @Test func `states match by their class`() {
        #expect(SQLState.Class.transactionRollback ~= .deadlockDetected)
        #expect(SQLState.Class.transactionRollback ~= .serializationFailure)
        #expect(!(SQLState.Class.transactionRollback ~= .queryCanceled))
        #expect(SQLState.Class.operatorIntervention ~= .queryCanceled)
    }
}
