import DaprHTTP
import DaprJSON
import DoorSupport
import Tasks
import Testing

@testable import TaskAPI

/// Answers have bounds, whatever is asked.
struct BoundedAnswerTests {
    @Test(arguments: ["1", #""""#, "null", "[]", #""same""#])
    func `a body full of bad tags is refused with a short answer`(tag: String) async throws {
        let api = try APIHarness()
        let tags = Array(repeating: tag, count: 120_000).joined(separator: ",")
        for (method, path) in [(HTTPMethod.post, "/api/tasks"), (.patch, "/api/tasks/\(Self.missing)")] {
            let answer = try await api.send(method, path, body: #"{"title":"x","tags":[\#(tags)]}"#)
            #expect(answer.status == 422)
            #expect(answer.faults == ["tags": "TOO_MANY"])
            #expect(answer.bytes.count < 1000)
        }
    }

    private static let missing = "0190a000-0000-7000-8000-000000000000"

    @Test func `a body full of unknown fields is refused with the first hundred`() async throws {
        let api = try APIHarness()
        let fields = (0..<50_000).map { #""f\#($0)":0"# }.joined(separator: ",")
        let answer = try await api.send(.post, "/api/tasks", body: "{\(fields)}")
        #expect(answer.status == 422)
        #expect(answer.details?["fields"]?.arrayValue?.count == 100)
        #expect(answer.bytes.count < 16_000)
    }

    @Test(arguments: ["/api/tasks", "/api/changes", "/api/tasks/\(missing)/history"])
    func `a query full of unknown names is refused with the first hundred`(path: String) async throws {
        let api = try APIHarness()
        let query = (0..<1500).map { "q\($0)" }.joined(separator: "&")
        let answer = try await api.send(.get, "\(path)?\(query)")
        #expect(answer.status == 422)
        #expect(answer.details?["fields"]?.arrayValue?.count == 100)
    }

    @Test func `a command by event full of bad fields has a short reason, and costs no time`() async throws {
        let api = try APIHarness()
        let tags = Array(repeating: "1", count: 1_500_000).joined(separator: ",")
        let event =
            #"{"specversion":"1.0","id":"1","source":"/x","type":"task.create","#
            + #""data":{"user_id":"demo","title":"x","tags":[\#(tags)]}}"#
        let answer = await api.send(
            api.app,
            .post,
            "/events/task-commands",
            [:],
            "application/cloudevents+json",
            Array(event.utf8)
        )
        // Too long to be published with the reason, so the sidecar takes it to the dead letter topic.
        #expect(answer.json == ["status": "DROP"])
        #expect(try api.lines().contains { $0["reason"]?.stringValue?.contains("tags") == true })
    }

    @Test func `a list is paged by bytes too, and every task is on one page`() async throws {
        let api = try APIHarness()
        let long = String(repeating: "\u{1F600}", count: 10_000)
        for number in 0..<60 {
            _ = try await api.create(#"{"title":"\#(number)","description":"\#(long)"}"#)
        }
        for sort in ["created_at", "-created_at", "title"] {
            var titles: [String] = []
            var cursor: String?
            var pages = 0
            repeat {
                let next = cursor.map { "&cursor=\($0)" } ?? ""
                let answer = try await api.send(.get, "/api/tasks?limit=200&sort=\(sort)\(next)")
                #expect(answer.status == 200)
                #expect(answer.bytes.count < PageBytes.limit + (64 << 10))
                #expect(answer.json["total"] == 60)
                let items = try #require(answer.json["items"]?.arrayValue)
                #expect(!items.isEmpty)
                titles += items.compactMap { $0["title"]?.stringValue }
                cursor = answer.json["next_cursor"]?.stringValue
                pages += 1
            } while cursor != nil && pages < 20
            #expect(pages == 3)
            #expect(Set(titles) == Set((0..<60).map { "\($0)" }))
            #expect(titles.count == 60)
        }
    }

    @Test func `metrics are on the app port and on their own, and not on the public one`() async throws {
        let api = try APIHarness()
        #expect(await api.send(api.app, .get, "/metrics").status == 200)
        #expect(await api.send(api.metricsHandler, .get, "/metrics").status == 200)
        #expect(await api.send(api.publicAPI, .get, "/metrics").status == 404)
        for path in ["/api/tasks", "/health", "/dapr/subscribe", "/openapi.json"] {
            #expect(await api.send(api.metricsHandler, .get, path).status == 404)
        }
        let document = await api.send(api.publicAPI, .get, "/openapi.json")
        #expect(document.json["paths"]?["/metrics"] == nil)
        #expect(document.json["paths"]?["/health"] != nil)
    }
}
