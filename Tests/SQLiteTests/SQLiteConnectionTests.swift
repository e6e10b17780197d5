import Foundation
import Testing

@testable import SQLite

@Suite struct SQLiteConnectionTests {
    @Test func `a new file is in WAL mode and a commit waits for the disk`() throws {
        try withTemporaryFile { path in
            let connection = try SQLiteConnection(opening: path)
            #expect(try connection.text(of: "PRAGMA journal_mode") == "wal")
            #expect(try connection.text(of: "PRAGMA synchronous") == "2")
            #expect(try connection.text(of: "PRAGMA busy_timeout") == "2000")
        }
    }

    @Test(arguments: [("", true), ("", false), ("file:", true), ("file://localhost", true)])
    func `a new file and what SQLite keeps beside it are the owner's alone`(prefix: String, usesWAL: Bool) throws {
        try withTemporaryFile { path in
            var options = SQLiteConnection.Options()
            options.usesWAL = usesWAL
            let connection = try SQLiteConnection(opening: prefix + path, options: options)
            try connection.execute("CREATE TABLE t (a)")
            try connection.execute("BEGIN IMMEDIATE")
            try connection.execute("INSERT INTO t VALUES (1)")
            var found = 0
            for name in ["", "-wal", "-shm", "-journal"] where FileManager.default.fileExists(atPath: path + name) {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + name)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
                found += 1
            }
            #expect(found == (usesWAL ? 3 : 2))
            try connection.execute("COMMIT")
        }
    }

    @Test func `a file that is there keeps the rights that it has`() throws {
        try withTemporaryFile { path in
            #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o640]))
            let connection = try SQLiteConnection(opening: path)
            try connection.execute("CREATE TABLE t (a)")
            for name in ["", "-wal"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + name)
                #expect(attributes[.posixPermissions] as? Int == 0o640, "\(name)")
            }
        }
    }

    @Test(arguments: [
        ("a.db", "a.db"), ("/x/a%20b.db", "/x/a%20b.db"), ("file:a%20b.db", "a b.db"),
        ("file:///x/a.db?mode=rwc", "/x/a.db"),
        ("file:a.db?cache=shared#x", "a.db"), ("file:/a%zz%4", "/a%zz%4"), ("file:a%00b", "a"), (":memory:", nil),
        ("", nil),
        ("file::memory:", nil), ("file:a.db?mode=ro", nil), ("file:a.db?mode=memory", nil), ("file:a.db?vfs=x", nil),
        ("file:", nil), ("file:%00", nil), ("file:a\u{301}.db", "a\u{301}.db"),
    ])
    func `the file that SQLite would make is known beforehand`(location: String, path: String?) {
        #expect(SQLiteFile.path(of: location) == path)
    }

    @Test func `without WAL the journal is a rollback journal and as durable`() throws {
        try withTemporaryFile { path in
            var options = SQLiteConnection.Options()
            options.usesWAL = false
            let connection = try SQLiteConnection(opening: path, options: options)
            #expect(try connection.text(of: "PRAGMA journal_mode") == "delete")
            #expect(try connection.text(of: "PRAGMA synchronous") == "2")
        }
    }

    @Test func `values of every kind come back as they were bound`() throws {
        let connection = try SQLiteConnection(opening: ":memory:")
        try connection.execute("CREATE TABLE t (a, b, c, d, e)")
        let insert = try connection.prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)")
        try insert.bind("a\u{0}b ☃", at: 1)
        try insert.bind(text: [], at: 2)
        try insert.bind(blob: [0, 1, 255], at: 3)
        try insert.bind(Int.min, at: 4)
        try insert.bindNull(at: 5)
        try insert.run()
        let select = try connection.prepare("SELECT a, b, c, d, e, typeof(b) FROM t")
        #expect(try select.step())
        #expect(select.text(at: 0) == "a\u{0}b ☃")
        #expect(select.text(at: 1) == "")
        #expect(select.bytes(at: 2) == [0, 1, 255])
        #expect(select.integer(at: 3) == .min)
        #expect(select.isNull(at: 4) && select.text(at: 4) == nil)
        #expect(select.text(at: 5) == "text")
        #expect(try !select.step())
    }

    @Test func `a statement is used again after its end and after an error`() throws {
        let connection = try SQLiteConnection(opening: ":memory:")
        try connection.execute("CREATE TABLE t (k TEXT PRIMARY KEY)")
        let insert = try connection.prepare("INSERT INTO t VALUES (?1)")
        try insert.bind("a", at: 1)
        try insert.run()
        try insert.bind("a", at: 1)
        let error = try #require(throws: SQLiteError.self) { try insert.run() }
        #expect(error.code.map { SQLiteResultCode.constraint ~= $0 } == true)
        #expect(error.code != .constraint, "the extended code says which constraint")
        try insert.bind("b", at: 1)
        try insert.run()
        #expect(connection.changes == 1)
        #expect(try connection.text(of: "SELECT count(*) FROM t") == "2")
    }

    @Test func `a description holds no SQL, the debug description does`() throws {
        let connection = try SQLiteConnection(opening: ":memory:")
        let error = try #require(throws: SQLiteError.self) { try connection.execute("SELECT secret FROM nowhere") }
        #expect(error.description == "sqlite3_exec: SQL logic error (1)")
        #expect(error.debugDescription.contains("nowhere"))
    }

    @Test func `a second writer waits for the lock and then is refused`() throws {
        try withTemporaryFile { path in
            var options = SQLiteConnection.Options()
            options.busyTimeout = .milliseconds(50)
            let first = try SQLiteConnection(opening: path, options: options)
            let second = try SQLiteConnection(opening: path, options: options)
            try first.execute("BEGIN IMMEDIATE")
            #expect(first.isInTransaction && !second.isInTransaction)
            let error = try #require(throws: SQLiteError.self) { try second.execute("BEGIN IMMEDIATE") }
            #expect(error.code == .busy)
            try first.execute("ROLLBACK")
            try second.execute("BEGIN IMMEDIATE")
        }
    }

    @Test func `a file that is no database and a folder that is not there are told apart`() throws {
        try withTemporaryFile { path in
            try Data(repeating: 0x41, count: 4096).write(to: URL(fileURLWithPath: path))
            let broken = try #require(throws: SQLiteError.self) { try SQLiteConnection(opening: path) }
            #expect(broken.code == .notADatabase)
        }
        let missing = try #require(throws: SQLiteError.self) {
            try SQLiteConnection(opening: "/nonexistent/folder/x.db")
        }
        #expect(missing.code.map { SQLiteResultCode.cannotOpen ~= $0 } == true)
    }

    @Test(arguments: ["", "1a", "a b", "a\"b", "a;", "é"])
    func `what is no identifier does not become part of a statement`(name: String) {
        #expect(throws: SQLiteError.badIdentifier(name)) { () throws(SQLiteError) in
            try SQLiteConnection.quoted(identifier: name)
        }
        #expect(throws: Never.self) { try SQLiteConnection.quoted(identifier: "state_2") }
    }
}

func withTemporaryFile(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.appendingPathComponent("test.db").path)
}
