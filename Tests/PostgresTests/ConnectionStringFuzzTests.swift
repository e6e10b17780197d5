import TestSupport
import TestTools
import Testing

@testable import Postgres

/// Connection strings that were changed at random: each is taken with all that libpq would read in it, or refused without a word of it.
@Suite struct ConnectionStringFuzzTests {
    private static let corpus = [
        "host=h port=5432 user=u password='hun ter2' dbname=d sslmode=prefer",
        #"host=h pool_max_conns=10 search_path='a, "b"' password=hunter2\ x pool_min_conns=1 statement_timeout=5000"#,
        "postgres://u:hunter2@h:5432/d?sslmode=disable&pool_max_conns=4&application_name=a%20b",
        "postgresql://u:hunter2@a:1,b:2/d?target_session_attrs=read-write&timezone=Europe%2FBerlin&database=x",
        "database=d host=/run/postgresql password=hunter2 default_query_exec_mode=exec options='-c geqo=off'",
    ]
    private static let words = [
        "=", "'", "\\", " ", "&", "?", "/", "@", ":", "%", "%00", "%20", "%zz", "hunter2", "pool_max_conns=",
        "search_path=", "database=", "options=", "password=", "postgres://", "host=", ",", "[", "]", "\u{301}",
        "\u{93F}", "\u{200D}", "\u{FE0F}", "\t", "\n", "\u{A0}", "e\u{301}", "\u{1F600}", "\u{0}",
    ]

    @Test func `a string that was changed is taken whole, or refused without a word of it`() async throws {
        try await Fuzzing.run("connection strings", reaching: ["taken", "driven", "refused"]) { numbers in
            let text = numbers.changed(numbers.pick(Self.corpus), words: Self.words)
            let target: PostgresTarget
            do throws(PostgresError) {
                target = try PostgresTarget(text)
            } catch {
                let told = "\(error) \(error.debugDescription)"
                guard !told.contains("hun") else { throw Told(text: told) }
                // What libpq takes as it is needs no help, and must not be hindered.
                guard text.utf8.contains(0) || (try? ConnectionOptions.values(parsing: text)) == nil else {
                    throw Told(text: "refused: \(text)")
                }
                return "refused"
            }
            let left = try ConnectionOptions.values(parsing: target.connectionString)
            if let whole = try? ConnectionOptions.values(parsing: text) {
                guard whole == left, target.connectionString == text else { throw Told(text: "changed: \(text)") }
                return "taken"
            }
            guard ConnectionString(target.connectionString).text == target.connectionString else {
                throw Told(text: "not at rest: \(text)")
            }
            return "driven"
        }
    }

    private struct Told: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }
}
