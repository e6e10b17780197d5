import Dapr
import DaprJSON
import Testing

struct CloudEventTests {
    /// An event as daprd delivered it.
    static let delivered =
        #"{"data":{"hello":"world"},"datacontenttype":"application/json","id":"5f0d","pubsubname":"bus","source":"contract","#
        + #""specversion":"1.0","time":"2026-08-14T10:00:00Z","topic":"plain","traceid":"","traceparent":"","tracestate":"","#
        + #""type":"com.dapr.event.sent"}"#

    @Test func `an event that daprd delivered is read`() throws {
        let event = try CloudEvent(decoding: Array(Self.delivered.utf8))
        #expect(event.id == "5f0d")
        #expect(event.source == "contract")
        #expect(event.type == "com.dapr.event.sent")
        #expect(event.specversion == "1.0")
        #expect(event.datacontenttype == "application/json")
        #expect(event.time == "2026-08-14T10:00:00Z")
        #expect(event.topic == "plain")
        #expect(event.pubsubname == "bus")
        #expect(event.subject == nil)
        #expect(event.traceparent == nil && event.tracestate == nil && event.trace == nil)
        #expect(event.data == ["hello": "world"])
        #expect(event.dataBase64 == nil)
        #expect(event.extensions == ["traceid": ""])
        #expect(try event.decodedData([String: String].self) == ["hello": "world"])
    }

    @Test func `bytes, text and trace are read`() throws {
        let bytes = try event(#""data_base64":"AAH+","datacontenttype":"application/octet-stream""#)
        #expect(bytes.dataBase64 == [0, 1, 0xFE])
        #expect(bytes.data == nil)
        #expect(throws: CloudEventError.noData) { try bytes.decodedData(Int.self) }
        let text = try event(
            #""data":"just text","datacontenttype":"text/plain","subject":"s1","dataschema":"/schema""#
        )
        #expect(text.data == "just text")
        #expect(text.subject == "s1")
        #expect(text.dataschema == "/schema")
        let traced = try event(
            #""traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","tracestate":"a=b","data":null"#
        )
        #expect(traced.trace?.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(traced.trace?.tracestate == "a=b")
        #expect(traced.data == .null)
    }

    @Test func `an event of another producer keeps what Dapr does not know`() throws {
        let event = try event(#""sequence":17,"owner":"o","nested":{"a":[1]},"time":null,"subject":"""#)
        #expect(event.extensions == ["sequence": 17, "owner": "o", "nested": ["a": [1]]])
        #expect(event.topic == nil && event.pubsubname == nil && event.time == nil && event.subject == nil)
        #expect(event.data == nil)
    }

    @Test(arguments: [
        ("", CloudEventError.notAnObject), ("[]", .notAnObject), ("{broken", .notAnObject),
        (#"{"id":"1","source":"s","type":"t"}"#, .missingAttribute("specversion")),
        (#"{"source":"s","type":"t","specversion":"1.0"}"#, .missingAttribute("id")),
        (#"{"id":"","source":"s","type":"t","specversion":"1.0"}"#, .missingAttribute("id")),
        (#"{"id":1,"source":"s","type":"t","specversion":"1.0"}"#, .missingAttribute("id")),
        (#"{"id":"1","type":"t","specversion":"1.0"}"#, .missingAttribute("source")),
        (#"{"id":"1","source":"s","specversion":"1.0"}"#, .missingAttribute("type")),
        (#"{"id":"1","source":"s","type":"t","specversion":"0.3"}"#, .unsupportedVersion),
        (#"{"id":"1","source":"s","type":"t","specversion":"10"}"#, .unsupportedVersion),
        (#"{"id":"1","source":"s","type":"t","specversion":"1.0","time":5}"#, .malformedAttribute("time")),
        (#"{"id":"1","source":"s","type":"t","specversion":"1.0","data_base64":"A"}"#, .malformedBase64),
        (#"{"id":"1","source":"s","type":"t","specversion":"1.0","data_base64":5}"#, .malformedBase64),
        (#"{"id":"1","source":"s","type":"t","specversion":"1.0","data":1,"data_base64":"AAH+"}"#, .dataTwice),
    ])
    func `what is no event says why`(text: String, expected: CloudEventError) {
        #expect(throws: expected) { try CloudEvent(decoding: Array(text.utf8)) }
        #expect(!expected.description.isEmpty)
    }

    @Test func `an event is written as daprd writes it`() throws {
        var event = CloudEvent(
            id: "5f0d",
            source: "contract",
            type: "com.dapr.event.sent",
            time: "2026-08-14T10:00:00Z",
            data: ["hello": "world"],
            extensions: ["traceid": "", "id": "not this one"]
        )
        event.topic = "plain"
        event.pubsubname = "bus"
        event.traceparent = ""
        event.tracestate = ""
        #expect(String(decoding: event.encoded(), as: UTF8.self) == Self.delivered)
        let raw = event.encoded(json: Array(#"{"hello": 1.0}"#.utf8))
        #expect(String(decoding: raw, as: UTF8.self).hasPrefix(#"{"data":{"hello": 1.0},"datacontenttype":"#))
    }

    @Test(arguments: [[], [0], [0, 1], [0, 1, 0xFE], [0xFF, 0xFE, 0xFD, 0xFC], Array(0...255)] as [[UInt8]])
    func `bytes survive the way out and back`(bytes: [UInt8]) throws {
        var event = CloudEvent(id: "1", source: "s", type: "t", datacontenttype: "application/octet-stream")
        event.dataBase64 = bytes
        #expect(try CloudEvent(decoding: event.encoded()) == event)
    }

    private func event(_ attributes: String) throws -> CloudEvent {
        try CloudEvent(decoding: Array(#"{"id":"1","source":"s","type":"t","specversion":"1.0",\#(attributes)}"#.utf8))
    }
}
