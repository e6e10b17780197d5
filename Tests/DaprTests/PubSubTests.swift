import Dapr
import DaprJSON
import TestSupport
import Testing

struct PubSubTests {
    @Test func `a publish sends its data as it is`() async throws {
        let stub = StubTransport(.status(204), .status(204))
        let dapr = DaprClient(transport: stub)
        try await dapr.publishEvent(json: Array("{broken".utf8), to: "slash/topic", in: "bus")
        let metadata = ["cloudevent.type": "own.type", "ttlInSeconds": "60"]
        try await dapr.publishEvent(
            bytes: [0, 1, 0xFE],
            contentType: "application/octet-stream",
            to: "t",
            in: "bus",
            metadata: metadata
        )
        #expect(stub.requests.map(\.method) == ["POST", "POST"])
        #expect(stub.requests[0].path == "/v1.0/publish/bus/slash/topic")
        #expect(stub.requests[0].header("content-type") == "application/json")
        #expect(stub.requests[0].bodyText == "{broken")
        #expect(
            stub.requests[1].path == "/v1.0/publish/bus/t?metadata.cloudevent.type=own.type&metadata.ttlInSeconds=60"
        )
        #expect(stub.requests[1].header("content-type") == "application/octet-stream")
        #expect(stub.requests[1].body == [0, 1, 0xFE])
    }

    @Test func `an event of the caller's own goes out as a CloudEvent`() async throws {
        let stub = StubTransport(.status(204))
        let event = CloudEvent(id: "my-id-1", source: "/my/source", type: "task.created", data: ["n": 1])
        try await DaprClient(transport: stub).publishEvent(event, to: "plain", in: "bus")
        #expect(stub.requests.first?.header("content-type") == "application/cloudevents+json")
        #expect(
            stub.requests.first?.bodyText
                == #"{"data":{"n":1},"datacontenttype":"application/json","id":"my-id-1","source":"/my/source","#
                + #""specversion":"1.0","type":"task.created"}"#
        )
    }

    @Test func `a bulk publish writes each kind of event as its type asks`() async throws {
        let stub = StubTransport(.status(204))
        let event = CloudEvent(id: "1", source: "s", type: "t", datacontenttype: nil)
        let entries = [
            BulkPublishEntry(entryID: "0", json: Array(#"{"i": 0}"#.utf8), metadata: ["partitionKey": "p"]),
            BulkPublishEntry(entryID: "1", text: "a \"b\""),
            BulkPublishEntry(entryID: "2", bytes: [0, 1, 0xFE]),
            BulkPublishEntry(entryID: "3", event: event),
        ]
        let result = try await DaprClient(transport: stub).publishEvents(entries, to: "plain", in: "bus")
        #expect(result.isComplete)
        #expect(stub.requests.first?.path == "/v1.0/publish/bulk/bus/plain")
        #expect(
            stub.requests.first?.bodyText
                == #"[{"entryId":"0","event":{"i": 0},"contentType":"application/json","metadata":{"partitionKey":"p"}},"#
                + #"{"entryId":"1","event":"a \"b\"","contentType":"text/plain"},"#
                + #"{"entryId":"2","event":"AAH+","contentType":"application/octet-stream"},"#
                + #"{"entryId":"3","event":{"id":"1","source":"s","specversion":"1.0","type":"t"},"#
                + #""contentType":"application/cloudevents+json"}]"#
        )
    }

    @Test func `the call's metadata reaches entries that have none of their own`() async throws {
        let stub = StubTransport(.status(204))
        let entries = [BulkPublishEntry(entryID: "0", json: [0x31])]
        _ = try await DaprClient(transport: stub).publishEvents(
            entries,
            to: "t",
            in: "bus",
            metadata: ["rawPayload": "true"]
        )
        #expect(stub.requests.first?.path == "/v1.0/publish/bulk/bus/t?metadata.rawPayload=true")
        #expect(
            stub.requests.first?.bodyText
                == #"[{"entryId":"0","event":1,"contentType":"application/json","metadata":{}}]"#
        )
    }

    @Test func `the entries that the broker did not take are values`() async throws {
        let stub = StubTransport(
            .json(
                500,
                #"{"failedEntries":[{"entryId":"2","error":"full"},{"entryId":"1"}],"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE"}"#
            )
        )
        let entries = ["1", "2", "3"].map { BulkPublishEntry(entryID: $0, json: [0x31]) }
        let result = try await DaprClient(transport: stub).publishEvents(entries, to: "t", in: "bus")
        #expect(result.failed == [.init(entryID: "2", error: "full"), .init(entryID: "1", error: "")])
        #expect(!result.isComplete)
    }

    @Test func `arguments that would name another path or clash are not sent`() async throws {
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub)
        let one = BulkPublishEntry(entryID: "1", json: [0x31])
        let calls: [() async throws -> Void] = [
            { try await dapr.publishEvent(json: [], to: "t", in: "") },
            { try await dapr.publishEvent(json: [], to: "", in: "bus") },
            { try await dapr.publishEvent(json: [], to: "bus/t", in: "bulk") },
            { try await dapr.publishEvent(bytes: [], contentType: "a\r\nb: c", to: "t", in: "bus") },
            { _ = try await dapr.publishEvents([one, one], to: "t", in: "bus") },
            {
                _ = try await dapr.publishEvents([BulkPublishEntry(entryID: "", json: [0x31])], to: "t", in: "bus")
            },
            {
                _ = try await dapr.publishEvents([BulkPublishEntry(entryID: "1", json: [])], to: "t", in: "bus")
            },
        ]
        for call in calls {
            let error = try await #require(throws: DaprError.self) { try await call() }
            #expect(error.kind == .invalidArgument)
        }
        #expect(stub.requests.isEmpty)
    }
}
