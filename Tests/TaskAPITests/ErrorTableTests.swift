import DaprHTTP
import DaprJSON
import DoorSupport
import Foundation
import TaskJSON
import Tasks
import Testing

@testable import TaskAPI
@testable import TaskEvents
@testable import WebFront

struct ErrorTableTests {
    @Test func `each refusal of the domain has its status, code and details`() async throws {
        for row in try ErrorRow.all() {
            let api = try APIHarness()
            api.service.fail(with: row.error)
            for (method, path, body) in [
                (HTTPMethod.post, "/api/tasks", #"{"title":"x"}"#), (.get, "/api/demo/tasks", nil),
                (.get, "/api/tasks/\(ErrorRow.id)", nil), (.delete, "/api/tasks/\(ErrorRow.id)", nil),
            ] as [(HTTPMethod, String, String?)] {
                let answer = try await api.send(method, path, body: body)
                #expect(answer.status == row.status, "\(row.error)")
                #expect(answer.code == row.code)
                #expect(answer.details == row.details)
                #expect(answer.headers["Retry-After"] == row.retryAfter)
                #expect(answer.headers["Content-Type"] == "application/json")
                #expect(answer.json["error"]?.objectValue?.keys == ["code", "details", "message"])
            }
            #expect(row.error.isTemporary == row.isTemporary)
            #expect(row.error.code == row.code)
        }
    }

    @Test func `a client and a dead letter are told the same sentence, unless it is for the log`() async throws {
        for row in try ErrorRow.all() {
            let message = row.error.answer.message
            if case .invalid = row.error {
                #expect(message == "One field is invalid.")
                #expect(EventRefusal(row.error).reason == "One field is invalid: title (too_long).")
            } else {
                #expect((message == row.error.description) != row.error.needsAttention, "\(row.error)")
                #expect(EventRefusal(row.error).reason == row.error.description)
            }
            #expect(EventRefusal(row.error).code == row.code)
        }
    }

    @Test func `what the answer hides is logged once, and nothing else as an error`() async throws {
        for row in try ErrorRow.all() {
            let api = try APIHarness()
            api.service.fail(with: row.error)
            let answer = try await api.send(.get, "/api/tasks", headers: ["X-Correlation-ID": "c1"])
            #expect(!answer.text.contains("ada"))
            let errors = try api.lines().filter { $0["level"] == "error" }
            #expect(errors.count == (row.error.needsAttention ? 1 : 0))
            for line in errors {
                #expect(line["correlation_id"] == "c1")
                #expect(line["failure"]?.stringValue?.contains("ada") == true)
            }
        }
    }

    @Test func `a deadline that passed leaves a write unknown, a read not`() throws {
        let api = try APIHarness()
        let write = Answer(api.app.deadlinePassed(HTTPRequest(method: .post, target: "/api/tasks")))
        #expect(write.status == 503)
        #expect(write.code == "DEADLINE_PASSED")
        #expect(write.details == ["outcome": "unknown"])
        #expect(write.headers["Retry-After"] == "1")
        let read = Answer(api.app.deadlinePassed(HTTPRequest(method: .get, target: "/api/tasks")))
        #expect(read.details == [:])
        #expect(api.metric(#"http_requests_total{method="POST",route="/api/tasks",status="503"}"#) == "1")
    }

    @Test func `every refusal is described for the document under the status it has`() throws {
        let described = Set(try APIHarness().app.endpoints.flatMap(\.operation.refusals).map(\.status.code))
        for row in try ErrorRow.all() { #expect(described.contains(row.status), "\(row.status)") }
    }

    @Test func `the table has every code, each once, with all that is to be said of it`() throws {
        let table = try APIHarness().errors
        let names = table.answers.map(\.code.name)
        #expect(Set(names).count == names.count)
        for row in try ErrorRow.all() {
            let code = try #require(table.answers.first { $0.code.name == row.code }?.code)
            #expect(code.status.code == row.status)
        }
        for bad in BadToken.allCases { #expect(names.contains(bad.code)) }
        // Codes are written where they are answered; none may be forgotten in the examples.
        for text in try Self.sources() {
            for match in text.matches(of: /ErrorCode\(\s*"([A-Z_]+)"/) {
                #expect(names.contains(String(match.output.1)), "\(match.output.1)")
            }
        }
        for code in table.answers.map(\.code) {
            #expect(code.name.allSatisfy { $0 == "_" || $0.isUppercase }, "\(code.name)")
            #expect((400..<600).contains(code.status.code))
            #expect(!code.meaning.hasSuffix(".") && code.meaning.first?.isUppercase == true, "\(code.meaning)")
            #expect(code.remedy.hasSuffix("."), "\(code.remedy)")
        }
        #expect(table.faultCodes.map(\.code) == FaultCode.allCases.map { $0.rawValue.uppercased() })
    }

    /// `ERRORS_WRITE=1 make test FILTER=ErrorTableTests` writes the page anew.
    @Test func `the page of errors says what the table says`() throws {
        let page = Self.root.appending(path: "docs/errors.md")
        let text = try APIHarness().errors.markdown
        if ProcessInfo.processInfo.environment["ERRORS_WRITE"] == "1" {
            try text.write(to: page, atomically: true, encoding: .utf8)
        } else {
            #expect(
                try String(contentsOf: page, encoding: .utf8) == text,
                "docs/errors.md: write it anew with ERRORS_WRITE=1"
            )
        }
    }

    @Test func `no refusal tells anything inner`() async throws {
        for answer in try APIHarness().errors.answers {
            for text in [answer.body, answer.problem] { Self.expectNothingInner(text, "\(answer.code.name)") }
            let headers = answer.response(to: HTTPRequest(method: .get, target: "/")).headers
            for header in headers { Self.expectNothingInner(.string(header.value), header.name) }
        }
        for row in try ErrorRow.all() {
            let api = try APIHarness()
            api.service.fail(with: row.error)
            Self.expectNothingInner(try await api.send(.get, "/api/tasks").json, "\(row.error)")
        }
        let api = try APIHarness()
        for body in ["", "{", "[1,]", #"{"title":"\ud800"}"#, "\u{FEFF}{}", #"{"title":1e999}"#, "[]", #"{"a":{}}"#] {
            let answer = try await api.send(.post, "/api/tasks", body: body)
            #expect((400...499).contains(answer.status))
            Self.expectNothingInner(answer.json, body)
        }
    }

    /// Looks for paths of files, names of types, keys of the store, SQL and addresses.
    private static func expectNothingInner(_ value: JSONValue, _ what: String) {
        let text = String(decoding: value.serialized(), as: UTF8.self)
        for inner in [
            "/home", "/work", "/tmp", "/usr", ".swift", ".build", "head:", "task:", "journal:", "||", "Fault(",
            "Error(", "TaskError", "WebFault", "DaprError", "JSONError", "Optional(", "nil", "SELECT ", "INSERT ",
            "UPDATE ", "SQLSTATE", "postgres", "sqlite", "127.0.0.1", "localhost", "::1", "statestore", "pubsub",
            "fatal", "thread", "libmicrohttpd", "libcurl", "errno",
        ] {
            #expect(!text.contains(inner), "\(what) tells \(inner): \(text)")
        }
        #expect(text.firstMatch(of: /0x[0-9a-f]{6,}|\d+\.\d+\.\d+\.\d+/) == nil, "\(what): \(text)")
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The texts of all files of the doors.
    private static func sources() throws -> [String] {
        let doors = root.appending(path: "Sources/Doors")
        let names = try FileManager.default.subpathsOfDirectory(atPath: doors.path).filter { $0.hasSuffix(".swift") }
        try #require(names.count > 20)
        return try names.map { try String(contentsOf: doors.appending(path: $0), encoding: .utf8) }
    }
}
