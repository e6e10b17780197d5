import Postgres
import Testing

@Suite struct PostgresTargetTests {
    @Test(arguments: [
        "host=localhost user=u password=hunter2 pool_max_conns=10", "hunter2", "host=localhost password=hunter2 x",
        "postgresql://u:hunter2%zz@localhost/d", "postgresql://u:hunter2@[::1/d", "host=localhost password='hunter2",
        "postgresql://u:hunter2@localhost/d?search_path=x", "host=localhost password=pass hunter2=x",
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

    @Test(arguments: [("host=h pool_max_conns=10", "pool_max_conns"), ("postgres://h/d?search_path=x", "search_path")])
    func `an option of Go's driver is told by its name`(text: String, option: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresTarget(text) }
        #expect("\(String(describing: error))".contains(option))
    }

    @Test func `a server that is not there cannot be connected to, and the password is not told`() throws {
        let target = try PostgresTarget("host=/nowhere user=u password=hunter2 dbname=d")
        let error = #expect(throws: PostgresError.self) { try PostgresConnection(to: target, timeout: .seconds(2)) }
        guard case .notConnected(let message) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message.contains("/nowhere"))
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

    @Test func `states match by their class`() {
        #expect(SQLState.Class.transactionRollback ~= .deadlockDetected)
        #expect(SQLState.Class.transactionRollback ~= .serializationFailure)
        #expect(!(SQLState.Class.transactionRollback ~= .queryCanceled))
        #expect(SQLState.Class.operatorIntervention ~= .queryCanceled)
    }
}
