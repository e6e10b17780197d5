internal import DaprJSON

/// The app's answer to `GET /dapr/subscribe`.
///
/// The sidecar asks once in its life, so an app that changes its subscriptions needs a new sidecar.
/// See [Pub/sub API: provide a route for Dapr to discover topic subscriptions](https://docs.dapr.io/reference/api/pubsub_api/).
public enum SubscriptionDeclaration {
    /// The path that the sidecar asks.
    public static let path = "/dapr/subscribe"

    /// The body of the answer, as `application/json` with status 200.
    public static func body(_ subscriptions: [Subscription]) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for subscription in subscriptions { write(subscription, to: &json) }
        json.endArray()
        return json.bytes
    }

    private static func write(_ subscription: Subscription, to json: inout JSONWriter) {
        json.beginObject()
        json.key("pubsubname")
        json.string(subscription.pubsub.rawValue)
        json.key("topic")
        json.string(subscription.topic.rawValue)
        if subscription.rules.isEmpty {
            if let route = subscription.route {
                json.key("route")
                json.string(route)
            }
        } else {
            json.key("routes")
            write(subscription.rules, default: subscription.route, to: &json)
        }
        if let topic = subscription.deadLetterTopic {
            json.key("deadLetterTopic")
            json.string(topic.rawValue)
        }
        if let bulk = subscription.bulk {
            json.key("bulkSubscribe")
            write(bulk, to: &json)
        }
        if !subscription.metadata.isEmpty {
            json.key("metadata")
            json.write(subscription.metadata)
        }
        json.endObject()
    }

    private static func write(_ rules: [Subscription.Rule], default route: String?, to json: inout JSONWriter) {
        json.beginObject()
        json.key("rules")
        json.beginArray()
        for rule in rules {
            json.beginObject()
            json.key("match")
            json.string(rule.match)
            json.key("path")
            json.string(rule.path)
            json.endObject()
        }
        json.endArray()
        if let route {
            json.key("default")
            json.string(route)
        }
        json.endObject()
    }

    private static func write(_ bulk: Subscription.Bulk, to json: inout JSONWriter) {
        json.beginObject()
        json.key("enabled")
        json.bool(true)
        if let maximum = bulk.maximumMessages {
            json.key("maxMessagesCount")
            json.integer(maximum)
        }
        if let wait = bulk.maximumWait {
            json.key("maxAwaitDurationMs")
            json.integer(milliseconds(wait))
        }
        json.endObject()
    }

    /// Whole milliseconds, rounded up, so that a short wait does not become none.
    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let rest = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        let (sum, overflowAgain) = whole.addingReportingOverflow(rest)
        return overflow || overflowAgain ? Int(Int32.max) : max(0, Int(sum))
    }
}
