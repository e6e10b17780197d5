import Dapr
import DaprJSON
import Tasks
import Testing

@testable import TaskEvents

/// What is read of our own events without building them, beside what is read of them whole.
struct ChangeDeliveryTests {
    private static let event =
        #"{"data":{"changes":{"title":{"after":"y","before":null}},"id":"x","tags":["a\"}","[b"],"title":"Buy milk","version":1},"#
        + #""datacontenttype":"application/json","id":"u1/7","owner":"u1","pubsubname":"pubsub","sequence":7,"source":"/tasks","#
        + #""specversion":"1.0","subject":"0190d5a0-0000-7000-8000-000000000001","time":"2026-01-02T03:04:05.678Z","topic":"tasks","#
        + #""traceparent":"","type":"task.created"}"#

    /// Other spellings, each by what is put in the place of what.
    private static let spellings: [(String, String)] = [
        ("", ""), ("Buy milk", #"\u0042uy \"milk\" \\ é 木"#), ("Buy milk", ""),
        (#""title":"Buy milk""#, #""title":null"#),
        (#""title":"Buy milk""#, #""title":"a","title":"b""#), (#""data":{"#, #""data":null,"other":{"#),
        (#""data":{"#, #""data":{"title":"z"},"data":{"#), (#""sequence":7"#, #""sequence":"7""#),
        (#""sequence":7"#, #""sequence":07"#), (#""sequence":7"#, #""sequence":7.0"#),
        (#""sequence":7"#, #""sequence":7e0"#),
        (#""sequence":7"#, #""sequence":0"#), (#""sequence":7"#, #""sequence":-7"#),
        (#""sequence":7"#, #""sequence":9007199254740992"#), (#""sequence":7"#, #""sequence":9007199254740993"#),
        (#""sequence":7"#, #""sequence":99999999999999999999"#), (#""sequence":7"#, #""sequence":7,"sequence":8"#),
        (#""sequence":7"#, #""sequence":null"#), (#""owner":"u1""#, #""owner":"""#),
        (#""owner":"u1""#, #""owner":"u1","owner":"u2""#),
        (#""owner":"u1""#, #""Owner":"u1""#), (#""owner":"u1""#, #""o\u0077ner":"u1""#),
        (#""owner":"u1""#, #""owner":"a\u0000b""#),
        (#""id":"u1/7""#, #""id":"""#), (#""id":"u1/7""#, #""id":null"#), (#""source":"/tasks","#, ""),
        (#""specversion":"1.0""#, #""specversion":"0.3""#), (#""specversion":"1.0""#, #""specversion":1.0"#),
        (#""type":"task.created""#, #""type":"task.exploded""#), (#""type":"task.created""#, #""type":"note.created""#),
        (#""subject":""#, #""subject":"x"#), ("03:04:05.678Z", "03:04:05.678+01:00"), ("2026-01-02", "2026-02-30"),
        (#""datacontenttype":"application/json""#, #""data_base64":"e30=""#),
        (#""datacontenttype":"application/json""#, #""data_base64":null"#), ("}}", "}"), ("{\"data\"", "[{\"data\""),
        (#""type":"#, " \n \"type\" : "),
    ]

    @Test func `what is read at a glance is what is read closely`() throws {
        var glances = 0
        for (old, new) in Self.spellings {
            let text = Array((old.isEmpty ? Self.event : Self.event.replacing(old, with: new)).utf8)
            let closely = (try? CloudEvent(decoding: text)).flatMap { OwnedChange($0) }
            // What is not read at a glance is read closely; what is must be the same.
            guard let glance = OwnedChange(text: text) else { continue }
            glances += 1
            #expect(glance.owner == closely?.owner, "\(new)")
            #expect(glance.change == closely?.change, "\(new)")
        }
        #expect(glances == 5)
        #expect(OwnedChange(text: Array(Self.event.utf8))?.change.title == "Buy milk")
    }

    @Test func `one that is spelled otherwise is told apart among the others`() throws {
        let other = Self.event.replacing(#""sequence":7"#, with: #""sequence":"8""#)
        for (events, isWhole) in [([Self.event, Self.event], false), ([Self.event, other, "1", #""bm8=""#], true)] {
            let entries = events.enumerated().map { #"{"entryId":"\#($0)","event":\#($1)}"# }.joined(separator: ",")
            let delivery = try #require(
                ChangeDelivery(Array(#"{"entries":[\#(entries)],"id":"1"}"#.utf8), isBulk: true)
            )
            #expect(delivery.messages.map { $0.change?.change.sequence } == (isWhole ? [7, 8, nil, nil] : [7, 7]))
            let answer = try JSONValue(parsing: delivery.body([.success, .retry, .drop]))
            let answers = (answer["statuses"]?.arrayValue ?? []).map { $0["status"]?.stringValue }
            #expect(answers == (isWhole ? ["SUCCESS", "RETRY", "DROP", "RETRY"] : ["SUCCESS", "RETRY"]))
        }
        #expect(ChangeDelivery(Array(#"{"entries":{}}"#.utf8), isBulk: true) == nil)
        #expect(ChangeDelivery(Array(Self.event.utf8), isBulk: false)?.messages.first?.change?.owner.rawValue == "u1")
    }
}
