import Dapr
import DaprJSON
import Testing

struct SubscriberTests {
    @Test func `subscriptions are declared as daprd reads them`() {
        let subscriptions = [
            Subscription(pubsub: "pubsub", topic: "task-events", route: "/events/task"),
            Subscription(
                pubsub: "pubsub",
                topic: "x",
                rules: [.init(match: #"event.type == "task.created""#, path: "/a")],
                default: "/b",
                deadLetterTopic: "dlq",
                bulk: .init(maximumMessages: 100, maximumWait: .seconds(1)),
                metadata: ["rawPayload": "true"]
            ),
            Subscription(
                pubsub: "pubsub",
                topic: "y",
                rules: [.init(match: "true", path: "/a"), .init(match: "false", path: "/c")],
                default: nil,
                bulk: .init(maximumWait: .microseconds(1))
            ),
        ]
        let body = String(decoding: SubscriptionDeclaration.body(subscriptions), as: UTF8.self)
        let expected =
            #"[{"pubsubname":"pubsub","topic":"task-events","route":"/events/task"},"#
            + #"{"pubsubname":"pubsub","topic":"x","#
            + #""routes":{"rules":[{"match":"event.type == \"task.created\"","path":"/a"}],"default":"/b"},"#
            + #""deadLetterTopic":"dlq","bulkSubscribe":{"enabled":true,"maxMessagesCount":100,"maxAwaitDurationMs":1000},"#
            + #""metadata":{"rawPayload":"true"}},"#
            + #"{"pubsubname":"pubsub","topic":"y","routes":{"rules":[{"match":"true","path":"/a"},{"match":"false","path":"/c"}]},"#
            + #""bulkSubscribe":{"enabled":true,"maxAwaitDurationMs":1}}]"#
        #expect(body == expected)
        #expect(String(decoding: SubscriptionDeclaration.body([]), as: UTF8.self) == "[]")
    }

    @Test(arguments: [
        (TopicEventAnswer.success, #"{"status":"SUCCESS"}"#), (.retry, #"{"status":"RETRY"}"#),
        (.drop, #"{"status":"DROP"}"#),
    ])
    func `an answer is one of three words`(answer: TopicEventAnswer, body: String) {
        #expect(String(decoding: answer.body, as: UTF8.self) == body)
    }

    @Test func `a bulk delivery is read entry by entry and answered so`() throws {
        let body = #"""
            {"id":"9c","entries":[
              {"entryId":"0","event":{"data":{"i":2},"id":"a","source":"contract","specversion":"1.0","type":"t"},
               "metadata":{"__offset":"5"},"contentType":"application/cloudevents+json"},
              {"entryId":"1","event":"AAH+","contentType":"application/octet-stream"},
              {"entryId":"2","event":{"id":"a"},"contentType":"application/cloudevents+json","metadata":null},
              {"entryId":"3","event":"not base64"},
              {"entryId":"4"}],
             "metadata":{"pubsubName":"bus"},"pubsubname":"bus","topic":"bulk","type":"com.dapr.event.sent.bulk"}
            """#
        let delivery = try BulkTopicDelivery(decoding: Array(body.utf8))
        #expect(delivery.id == "9c")
        #expect(delivery.pubsub == "bus")
        #expect(delivery.topic == "bulk")
        #expect(delivery.entries.map(\.entryID) == ["0", "1", "2", "3", "4"])
        guard case .event(let event) = delivery.entries[0].content else {
            Issue.record("the first entry is an event")
            return
        }
        #expect(event.data == ["i": 2])
        #expect(delivery.entries[0].metadata == ["__offset": "5"])
        #expect(delivery.entries[0].contentType == "application/cloudevents+json")
        #expect(delivery.entries[1].content == .bytes([0, 1, 0xFE]))
        #expect(delivery.entries[2].content == .unreadable(.missingAttribute("source")))
        #expect(delivery.entries[3].content == .unreadable(.malformedBase64))
        #expect(delivery.entries[4].content == .unreadable(.notAnObject))
        let answer = delivery.answerBody { entry in
            switch entry.content {
            case .event: .success
            case .bytes: .retry
            case .unreadable: .drop
            }
        }
        let expected =
            #"{"statuses":[{"entryId":"0","status":"SUCCESS"},{"entryId":"1","status":"RETRY"},"#
            + #"{"entryId":"2","status":"DROP"},{"entryId":"3","status":"DROP"},{"entryId":"4","status":"DROP"}]}"#
        #expect(String(decoding: answer, as: UTF8.self) == expected)
    }

    @Test(arguments: ["", "[]", "{}", #"{"entries":1}"#, #"{"entries":[1]}"#, #"{"entries":[{"entryId":""}]}"#])
    func `what is no bulk delivery is refused whole`(text: String) {
        #expect(throws: CloudEventError.notABulkDelivery) { try BulkTopicDelivery(decoding: Array(text.utf8)) }
    }
}
