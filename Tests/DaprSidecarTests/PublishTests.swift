import DaprJSON
import DaprSidecar
import Testing

/// Envelopes and refusals of publishing, as a real daprd's recording has them.
@Suite struct PublishTests {
    private static let files = ["bus.yaml": component("bus", "pubsub.in-memory")]
    private static let subscriptions = """
        [{"pubsubname":"bus","topic":"plain","route":"/on/plain"},
         {"pubsubname":"bus","topic":"rawtopic","route":"/on/raw","metadata":{"rawPayload":"true"}}]
        """

    struct Row: Sendable, CustomTestStringConvertible {
        var body: [UInt8]
        var type: String?
        var metadata: RequestMetadata = [:]
        /// The members that differ from the plain envelope; `null` for one that is absent.
        var differs: JSONObject
        var testDescription: String {
            "\(type ?? "no type") \(String(decoding: body, as: UTF8.self).debugDescription) \(metadata.values)"
        }

        init(_ body: String, _ type: String?, _ differs: JSONObject, metadata: RequestMetadata = [:]) {
            self.body = Array(body.utf8)
            self.type = type
            self.differs = differs
            self.metadata = metadata
        }
    }

    @Test(arguments: [
        Row(#"{"hello": "world"}"#, "application/json", ["data": ["hello": "world"]]),
        Row("just text", "text/plain", ["data": "just text", "datacontenttype": "text/plain"]),
        Row("<a/>", "application/xml", ["data": "<a/>", "datacontenttype": "application/xml"]),
        Row(#""a string""#, "application/json", ["data": "a string"]),
        Row("[1,2]", "application/json", ["data": [1, 2]]),
        Row(
            #"{"charset":"named"}"#,
            "application/json; charset=utf-8",
            ["data": ["charset": "named"], "datacontenttype": "application/json; charset=utf-8"]
        ),
        Row(#"{"a":1}"#, "Application/JSON", ["data": ["a": 1], "datacontenttype": "Application/JSON"]),
        Row(#"{"a":1}"#, "text/json", ["data": #"{"a":1}"#, "datacontenttype": "text/json"]),
        Row("{broken", "application/json", ["data": "{broken"]),
        Row("", nil, ["data": "", "datacontenttype": "text/plain"]),
        Row("", "", ["data": "", "datacontenttype": "text/plain"]),
        Row(
            "\u{0}\u{1}~",
            "application/octet-stream",
            ["data": .null, "data_base64": "AAF+", "datacontenttype": "application/octet-stream"]
        ),
        Row(
            #"{"n":2}"#,
            "application/json",
            ["data": ["n": 2], "id": "own-id", "type": "own.type", "source": "own-source", "subject": "own-subject"],
            metadata: [
                "cloudevent.id": "own-id", "cloudevent.type": "own.type", "CloudEvent.Source": "own-source",
                "cloudevent.subject": "own-subject", "cloudevent.custom": "x",
            ]
        ),
        Row(
            "1",
            "application/json",
            ["data": 1, "traceid": "tp", "traceparent": "tp", "tracestate": "ts"],
            metadata: ["cloudevent.traceparent": "tp", "cloudevent.tracestate": "ts"]
        ),
        Row(
            "1",
            "application/json",
            ["data": 1, "expiration": "2026-01-02T03:05:05Z"],
            metadata: ["ttlInSeconds": "60"]
        ),
        Row("1", "application/json", ["data": 1], metadata: ["ttlInSeconds": "soon"]),
    ])
    func `the content type decides the envelope`(row: Row) async throws {
        var wanted: JSONObject = [
            "datacontenttype": "application/json", "id": .string(Fixed.id), "pubsubname": "bus", "source": "contract",
            "specversion": "1.0", "time": "2026-01-02T03:04:05Z", "topic": "plain", "traceid": "", "traceparent": "",
            "tracestate": "", "type": "com.dapr.event.sent",
        ]
        for (key, value) in row.differs { wanted[key] = value.isNull ? Optional.none : value }
        let delivery = try await delivery(of: row)
        #expect(delivery.json == .object(wanted))
        #expect(delivery.header("content-type") == "application/cloudevents+json")
        #expect(delivery.header("pubsubName") == "bus")
        #expect(delivery.header("traceparent") == CallTrace.absent)
    }

    @Test func `a ready-made event keeps what it has, and gets no identifier`() async throws {
        let event =
            #"{"specversion":"1.0","id":"my-id-1","source":"/my/source","type":"task.created","subject":"s1","datacontenttype":"application/json","time":"2026-01-02T03:04:05Z","data":{"n":9007199254740993},"myext":"kept"}"#
        let kept = try await delivery(of: Row(event, "application/cloudevents+json", [:]))
        #expect(
            String(decoding: kept.body, as: UTF8.self)
                == #"{"data":{"n":9007199254740993},"datacontenttype":"application/json","id":"my-id-1","myext":"kept","pubsubname":"bus","source":"/my/source","specversion":"1.0","subject":"s1","time":"2026-01-02T03:04:05Z","topic":"plain","traceid":"","traceparent":"","tracestate":"","type":"task.created"}"#
        )
        let bare = try await delivery(of: Row(#"{"specversion":"1.0"}"#, "application/cloudevents+json", [:]))
        #expect(
            String(decoding: bare.body, as: UTF8.self)
                == #"{"pubsubname":"bus","source":"Dapr","specversion":"1.0","time":"2026-01-02T03:04:05Z","topic":"plain","traceid":"","traceparent":"","tracestate":"","type":"com.dapr.event.sent"}"#
        )
    }

    @Test(
        arguments: [
            (["traceparent": Self.trace], nil, "", "", ""), (["traceid": Self.trace], nil, Self.trace, nil, ""),
            (["traceid": Self.trace, "traceparent": "own", "tracestate": "a=1"], nil, Self.trace, "own", "a=1"),
            (
                ["traceparent": "own"], CallTrace(traceparent: Self.trace, tracestate: "b=2"), Self.trace, Self.trace,
                "b=2"
            ),
            ([:], CallTrace(traceparent: Self.trace, tracestate: "b=2"), Self.trace, Self.trace, "b=2"),
        ] as [([String: String], CallTrace?, String, String?, String)]
    )
    func `a ready-made event keeps the trace that its traceid begins, and no other`(
        own: [String: String],
        call: CallTrace?,
        traceID: String,
        traceParent: String?,
        traceState: String
    ) async throws {
        let fields = own.sorted { $0.key < $1.key }.map { #","\#($0.key)":"\#($0.value)""# }.joined()
        let event = #"{"specversion":"1.0","id":"1","source":"s","type":"t","data":1\#(fields)}"#
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/plain": [.text(200)]])
        try await withSidecar(Self.files, app: app) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish(
                "bus",
                "plain",
                body: Array(event.utf8),
                contentType: "application/cloudevents+json",
                metadata: [:],
                trace: call ?? CallTrace()
            )
            let delivered = try #require(await app.deliveries(atLeast: 1).first?.json)
            #expect(delivered["traceid"]?.stringValue == traceID)
            #expect(delivered["traceparent"]?.stringValue == traceParent)
            #expect(delivered["tracestate"]?.stringValue == traceState)
        }
    }

    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func `the caller's trace is in the event and in the header`() async throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/plain": [.text(200)]])
        try await withSidecar(Self.files, app: app) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish(
                "bus",
                "plain",
                body: [0x31],
                contentType: "application/json",
                metadata: [:],
                trace: CallTrace(traceparent: parent, tracestate: "a=b")
            )
            let delivery = try #require(await app.deliveries(atLeast: 1).first)
            #expect(delivery.json?["traceid"] == .string(parent) && delivery.json?["traceparent"] == .string(parent))
            #expect(delivery.json?["tracestate"] == "a=b")
            #expect(delivery.header("traceparent") == parent)
            #expect(delivery.header("tracestate") == nil, "daprd leaves it to the event")
        }
    }

    @Test func `a raw payload goes out unchanged and comes back in an envelope to raw subscriptions`() async throws {
        let app = StubApp(
            subscriptions: Self.subscriptions,
            answers: ["/on/plain": [.text(200)], "/on/raw": [.text(200)]]
        )
        try await withSidecar(Self.files, app: app, surroundings: Fixed.surroundings()) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish("plain", #"{"raw": true}"#, ["rawPayload": "true"])
            let plain = try #require(await app.deliveries(atLeast: 1).first)
            #expect(plain.body == Array(#"{"raw": true}"#.utf8))
            #expect(plain.header("traceparent") == nil)
            #expect(plain.header("rawPayload") == "true")
            try await sidecar.publish("rawtopic", #"{"raw": true}"#, ["rawPayload": "true"])
            let raw = try #require(await app.deliveries(atLeast: 2).last)
            #expect(
                raw.json == [
                    "data_base64": "eyJyYXciOiB0cnVlfQ==", "datacontenttype": "application/octet-stream",
                    "id": .string(Fixed.id), "pubsubname": "bus", "source": "Dapr", "specversion": "1.0",
                    "topic": "rawtopic", "type": "com.dapr.event.sent",
                ]
            )
        }
    }

    @Test func `metadata reaches the application as headers, but none that it must not set`() async throws {
        let row = Row(
            "1",
            "application/json",
            [:],
            metadata: [
                "ttlInSeconds": "60", "cloudevent.type": "own", "Content-Length": "999", "bad name": "x",
                "inject": "a\r\nb: c", "dapr-api-token": "t",
            ]
        )
        let delivery = try await delivery(of: row)
        #expect(delivery.header("ttlInSeconds") == "60" && delivery.header("cloudevent.type") == "own")
        for name in ["content-length", "bad name", "inject", "dapr-api-token"] { #expect(delivery.header(name) == nil) }
    }

    @Test func `publishing is refused as daprd refuses it`() async throws {
        try await withSidecar(Self.files) { sidecar in
            let missing = await #expect(throws: APIError.self) {
                try await sidecar.publish("nobus", "t", body: [], contentType: nil, metadata: [:], trace: CallTrace())
            }
            let wanted = try #require(
                json(
                    #"{"errorCode":"ERR_PUBSUB_NOT_FOUND","message":"pubsub nobus is not found","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"dapr.io","metadata":{},"reason":"DAPR_PUBSUB_NOT_FOUND"}]}"#
                )
            )
            #expect(missing?.json == wanted)
            #expect(missing?.status == 404)
            let raw = await #expect(throws: APIError.self) {
                try await sidecar.publish("t", "1", ["rawPayload": "maybe"])
            }
            #expect(raw?.status == 400 && raw?.errorCode == "ERR_PUBSUB_REQUEST_METADATA")
            for body in ["[]", "{", "5"] {
                let event = await #expect(throws: APIError.self) {
                    try await sidecar.publish("t", body, type: "application/cloudevents+json")
                }
                #expect(event?.status == 500 && event?.errorCode == "ERR_PUBSUB_CLOUD_EVENTS_SER")
            }
        }
    }

    @Test(arguments: [
        ("{", "DAPR_PUBSUB_UNMARSHAL_EVENTS"), (#"{"a":1}"#, "DAPR_PUBSUB_UNMARSHAL_EVENTS"),
        (#"[{"event":{"i":1},"contentType":"application/json"}]"#, "DAPR_PUBSUB_MARSHAL_EVENTS"),
        (
            #"[{"entryId":"1","event":1,"contentType":"application/json"},{"entryId":"1","event":2,"contentType":"application/json"}]"#,
            "DAPR_PUBSUB_MARSHAL_EVENTS"
        ),
        (#"[{"entryId":"1","event":{"no":"contentType"}}]"#, "DAPR_PUBSUB_MARSHAL_ENVELOPE"),
        (#"[{"entryId":"1","event":{"not":"text"},"contentType":"text/plain"}]"#, "DAPR_PUBSUB_MARSHAL_ENVELOPE"),
        (
            #"[{"entryId":"1","event":"not base64","contentType":"application/octet-stream"}]"#,
            "DAPR_PUBSUB_MARSHAL_ENVELOPE"
        ),
    ])
    func `a bulk publish is refused as a whole, with its reason`(body: String, reason: String) async throws {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/plain": [.text(200)]])
        try await withSidecar(Self.files, app: app) { sidecar in
            try await untilReady(sidecar)
            let error = await #expect(throws: APIError.self) {
                try await sidecar.publishBulk("bus", "plain", body: Array(body.utf8), metadata: [:], trace: CallTrace())
            }
            #expect(error?.status == 400 && error?.errorCode == "ERR_PUBSUB_EVENTS_SER")
            guard case .reason(reason, _)? = error?.details.last else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(app.deliveries.isEmpty)
        }
    }

    @Test func `entries of a bulk publish are events of their own`() async throws {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/plain": [.text(200)]])
        try await withSidecar(Self.files, app: app) { sidecar in
            try await untilReady(sidecar)
            let body =
                #"[{"entryId":"a","event":"text","contentType":"text/plain","metadata":{"cloudevent.type":"own"}},{"entryId":"b","event":{"i":1.0},"contentType":"application/json"},{"entryId":"c","event":"AAH/","contentType":"application/octet-stream"}]"#
            try await sidecar.publishBulk(
                "bus",
                "plain",
                body: Array(body.utf8),
                metadata: ["cloudevent.source": "s"],
                trace: CallTrace()
            )
            let events = await app.deliveries(atLeast: 3).compactMap(\.json)
            #expect(
                events.map { $0["datacontenttype"] } == ["application/octet-stream", "text/plain", "application/json"]
            )
            #expect(events[0]["data_base64"] == "AAH/")
            #expect(events[1]["type"] == "own" && events[1]["source"] == "s")
            #expect(events[2]["data"] == ["i": 1] && events[2]["source"] == "contract")
        }
    }

    @Test(arguments: [
        ("allowed", true, true), ("other", false, false), ("unheard", false, false),
    ])
    func `a topic must pass the component's lists and the application's`(
        topic: String,
        isAllowed: Bool,
        isDelivered: Bool
    ) async throws {
        let files = [
            "bus.yaml": component(
                "bus",
                "pubsub.in-memory",
                [
                    ("publishingScopes", "contract=allowed"), ("subscriptionScopes", "contract=allowed;else="),
                    ("allowedTopics", "allowed, other"),
                ]
            )
        ]
        let app = StubApp(
            subscriptions: #"[{"pubsubname":"bus","topic":"allowed","route":"/on/plain"}]"#,
            answers: ["/on/plain": [.text(200)]]
        )
        try await withSidecar(files, app: app) { sidecar in
            try await untilReady(sidecar)
            do throws(APIError) {
                try await sidecar.publish(topic, "1")
                #expect(isAllowed)
            } catch {
                #expect(!isAllowed && error.status == 403 && error.errorCode == "ERR_PUBSUB_FORBIDDEN")
            }
            #expect(
                await app.deliveries(atLeast: 1, within: isDelivered ? .seconds(10) : .milliseconds(50)).isEmpty
                    == !isDelivered
            )
        }
    }

    private func delivery(of row: Row) async throws -> AppRequest {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/plain": [.text(200)]])
        var found: AppRequest?
        try await withSidecar(Self.files, app: app, surroundings: Fixed.surroundings()) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish(
                "bus",
                "plain",
                body: row.body,
                contentType: row.type,
                metadata: row.metadata,
                trace: CallTrace()
            )
            found = await app.deliveries(atLeast: 1).first
        }
        return try #require(found)
    }
}
