import DaprHTTP
import DaprJSON
import DoorSupport
import Testing
import WebFront

/// Who may bring events: the sidecar with a delivery, and nobody else.
struct DeliveryDoorTests {
    private static let event =
        #"{"specversion":"1.0","id":"1","source":"/evil","type":"task.create","data":{"user_id":"victim","title":"x"}}"#
    private static let paths = [
        "/events/task-commands", "/events/tasks", "/events/dead/task-commands", "/events/dead/tasks", "/events/later",
    ]

    private static func send(
        _ api: APIHarness,
        _ path: String,
        _ headers: [(String, String)],
        type: String? = "application/cloudevents+json"
    ) async -> Answer {
        var fields = HTTPHeaders()
        for (name, value) in headers { fields.add(name, value) }
        return await api.send(api.app, .post, path, fields, type, Array(event.utf8))
    }

    @Test(arguments: [
        [("dapr-caller-app-id", "evil")], [("Dapr-Caller-App-Id", "")], [("dapr-callee-app-id", "task-server")],
        [("dapr-caller-app-id", "task-server"), ("dapr-caller-app-id", "evil")], [("Origin", "https://evil.example")],
        [("origin", "null")], [("Origin", "")],
    ])
    func `what another application invokes or a page sends is no delivery, with the token or without`(
        headers: [(String, String)]
    ) async throws {
        for token in [nil, "sesame"] {
            let api = try APIHarness {
                $0.appAPIToken = token
                // The API lets pages in; what the sidecar brings comes from none.
                $0.cors = CORSPolicy(origins: ["*"])
            }
            let sent = headers + (token.map { [("dapr-api-token", $0)] } ?? [])
            for path in Self.paths {
                let answer = await Self.send(api, path, sent)
                #expect(answer.status == 403, "\(path)")
                #expect(answer.code == "NOT_A_DELIVERY")
            }
            var fields = HTTPHeaders()
            for (name, value) in sent { fields.add(name, value) }
            #expect(await api.send(api.app, .get, "/dapr/subscribe", fields).status == 403)
            #expect(
                await api.send(api.app, .post, "/job/x", fields, "application/json", Array("{}".utf8)).status == 404
            )
            #expect(api.service.contexts.isEmpty)
            #expect(api.broker.kept.isEmpty)
        }
    }

    @Test func `the API stays open to those who invoke it with a user's token`() async throws {
        let api = try APIHarness { $0.appAPIToken = "sesame" }
        let headers: HTTPHeaders = ["dapr-caller-app-id": "shop", "dapr-api-token": "sesame"]
        #expect(try await api.send(.post, "/api/tasks", headers: headers, body: #"{"title":"x"}"#).status == 201)
        #expect(try await api.send(.get, "/api/tasks", headers: headers).json["total"] == 1)
    }

    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "json",
        "application/cloudevents+json-batch", "application/json; charset=latin-1", nil,
    ])
    func `a type that a page can send without asking is no event`(type: String?) async throws {
        let api = try APIHarness()
        for path in Self.paths {
            let answer = await Self.send(api, path, [], type: type)
            #expect(answer.status == 415, "\(path)")
            #expect(answer.code == "UNSUPPORTED_MEDIA_TYPE")
        }
        #expect(api.service.contexts.isEmpty)
    }

    @Test func `one event comes as an event and many as JSON, as daprd sends them`() async throws {
        let api = try APIHarness()
        #expect(await Self.send(api, "/events/task-commands", [], type: "application/json").status == 415)
        let bulk = Array(#"{"id":"1","entries":[{"entryId":"0","event":\#(Self.event)}]}"#.utf8)
        let many = await api.send(api.app, .post, "/events/task-commands", [:], "application/json", bulk)
        #expect(many.json["statuses"]?[0]?["status"] == "SUCCESS")
        // An event may have an attribute of any name.
        let odd = Self.event.replacing(#""id":"1""#, with: #""id":"2","entries":[{"entryId":"0","event":{}}]"#)
        let type = "application/cloudevents+json; charset=utf-8"
        let one = await api.send(api.app, .post, "/events/task-commands", [:], type, Array(odd.utf8))
        #expect(one.json == ["status": "SUCCESS"])
        #expect(try await api.send(.get, "/api/tasks", as: "victim").json["total"] == 2)
    }
}
