import DaprHTTP
import DaprJSON
import DoorSupport
import TaskJSON
import Tasks
import Testing
import WebFront

@testable import TaskAPI
@testable import TaskEvents

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
}
