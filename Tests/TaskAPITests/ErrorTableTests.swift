import HTTPServer
import JSON
import TaskJSON
import Tasks
import Testing

@testable import TaskAPI

struct ErrorTableTests {
    private static let id = TaskID(high: 1, low: 2)

    private static func task() throws -> TaskItem {
        let time = Timestamp(clamping: 0)
        return TaskItem(
            id: id,
            userID: try #require(OwnerID("demo")),
            content: TaskContent(title: "x"),
            createdAt: time,
            updatedAt: time,
            version: 7
        )
    }

    struct Row: Sendable {
        let error: TaskError
        let status: Int
        let code: String
        var retryAfter: String?
        var details: JSONValue = [:]
        var isTemporary = false
    }

    static func rows() throws -> [Row] {
        [
            Row(error: .notFound(id), status: 404, code: "TASK_NOT_FOUND"),
            Row(error: .alreadyExists(id), status: 409, code: "TASK_EXISTS"),
            Row(
                error: .versionMismatch(current: try task()),
                status: 412,
                code: "TASK_CHANGED",
                details: ["current": try task().json]
            ),
            Row(
                error: .invalid([FieldFault("title", .tooLong, "m")]),
                status: 422,
                code: "INVALID_FIELDS",
                details: ["fields": [["field": "title", "code": "TOO_LONG", "message": "m"]]]
            ),
            Row(error: .keyReused, status: 422, code: "IDEMPOTENCY_KEY_REUSED"),
            Row(
                error: .changesGone(head: 7),
                status: 410,
                code: "CHANGES_GONE",
                details: ["snapshot": "/api/tasks", "since": 7]
            ),
            Row(error: .bookFull(used: 8, limit: 9), status: 409, code: "BOOK_FULL", details: ["limit": 9, "used": 8]),
            Row(error: .limitExceeded(limit: 9), status: 409, code: "TASK_LIMIT_REACHED", details: ["limit": 9]),
            Row(
                error: .tooManyWaiting(retryAfter: .milliseconds(1200)),
                status: 429,
                code: "TOO_MANY_WAITING",
                retryAfter: "2",
                isTemporary: true
            ),
            Row(
                error: .storeUnavailable(retryAfter: .zero),
                status: 503,
                code: "STORE_UNAVAILABLE",
                retryAfter: "1",
                isTemporary: true
            ),
            Row(
                error: .outcomeUnknown,
                status: 503,
                code: "OUTCOME_UNKNOWN",
                retryAfter: "1",
                details: ["outcome": "unknown"],
                isTemporary: true
            ),
            Row(error: .deadlineExceeded, status: 503, code: "DEADLINE_EXCEEDED", retryAfter: "1", isTemporary: true),
            Row(error: .cancelled, status: 503, code: "CANCELLED", retryAfter: "1", isTemporary: true),
            Row(
                error: .newerFormat(key: "head:ada", found: 3, supported: 1),
                status: 503,
                code: "NEWER_FORMAT",
                retryAfter: "30",
                isTemporary: true
            ),
            Row(error: .unreadable(key: "task:ada", reason: "secret"), status: 500, code: "INTERNAL_ERROR"),
        ]
    }

    @Test func `each refusal of the domain has its status, code and details`() async throws {
        for row in try Self.rows() {
            let api = try APIHarness()
            api.service.fail(with: row.error)
            for (method, path, body) in [
                (HTTPMethod.post, "/api/tasks", #"{"title":"x"}"#), (.get, "/api/demo/tasks", nil),
                (.get, "/api/tasks/\(Self.id)", nil), (.delete, "/api/tasks/\(Self.id)", nil),
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
        for row in try Self.rows() {
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
        for row in try Self.rows() {
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
        let described = Set(RefusalDescription.allCases.map(\.status.code))
        for row in try Self.rows() { #expect(described.contains(row.status), "\(row.status)") }
    }
}
