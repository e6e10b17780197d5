import DaprHTTP
import DaprJSON
import DaprSidecar
import Synchronization
import TestSupport
import TestTools

/// A call of the API that was valid, or nearly, before it was changed.
struct FuzzedCall: CustomStringConvertible {
    let request: HTTPRequest

    private static let corpus: [(method: HTTPMethod, target: String, type: String?, body: String)] = [
        (.get, "/v1.0/state/store/a", nil, ""), (.delete, "/v1.0/state/store/a?concurrency=first-write", nil, ""),
        (.post, "/v1.0/state/store", "application/json", items),
        (.post, "/v1.0/state/store", "application/json", items),
        (.put, "/v1.0/state/store?metadata.ttlInSeconds=60", nil, items),
        (.post, "/v1.0/state/store/bulk", nil, #"{"keys":["a","b","a","none"],"parallelism":3,"metadata":{"x":"y"}}"#),
        (.post, "/v1.0/state/store/transaction?metadata.ttlInSeconds=-1", nil, transaction),
        (.post, "/v1.0/state/store/transaction", nil, transaction),
        (.put, "/v1.0/state/store/transaction", nil, transaction),
        (
            .post, "/v1.0-alpha1/state/store/query", nil,
            #"{"filter":{"EQ":{"a":1}},"sort":[{"key":"a"}],"page":{"limit":2}}"#
        ),
        (.post, "/v1.0/publish/bus/t", "application/json", #"{"n":1}"#),
        (.post, "/v1.0/publish/bus/a/b%2Fc?metadata.rawPayload=true", "text/plain", "text"),
        (.put, "/v1.0/publish/bus/t?metadata.ttlInSeconds=5", "application/cloudevents+json", #"{"id":"1","data":{}}"#),
        (.post, "/v1.0/publish/bulk/bus/t", "application/json", bulk),
        (.post, "/v1.0-alpha1/publish/bulk/bus/t?metadata.rawPayload=true", "application/json", bulk),
        (.get, "/v1.0/secrets/secrets/PATH", nil, ""), (.get, "/v1.0/secrets/secrets/none", nil, ""),
        (
            .post, "/v1.0/jobs/j", nil,
            #"{"schedule":"@every 1h","dueTime":"10s","ttl":"P1D","repeats":3,"data":{"x":1}}"#
        ),
        (.post, "/v1.0-alpha1/jobs/k", nil, #"{"dueTime":"1h","overwrite":true,"failurePolicy":{"drop":{}}}"#),
        (.get, "/v1.0/jobs/j", nil, ""), (.delete, "/v1.0/jobs/j", nil, ""),
        (.get, "/v1.0/metadata", nil, ""), (.put, "/v1.0/metadata/colour", nil, "blue"),
        (.get, "/v1.0/healthz?appid=orders", nil, ""), (.get, "/v1.0/healthz/outbound", nil, ""),
        (.post, "/v1.0/shutdown", nil, ""), (.patch, "/v1.0/invoke/orders/method/a/../b%2Fc?x=1", "text/xml", "<a/>"),
        (.get, "/v1.0/invoke/other/method/x", nil, ""), (.get, "/any/path", nil, ""), (.options, "/", nil, ""),
        (.head, "/v1.0/invoke/orders/method/a/", nil, ""), (.post, "/v1.0/bindings/b", nil, "{}"),
        (.get, "/v1.0/actors/Cart/1/state/k", nil, ""), (.get, "/v1.0/configuration/c/subscribe?key=k", nil, ""),
    ]
    private static let items = #"""
        [{"key":"a","value":{"n":1.50,"s":"<é>"}},
         {"key":"b","value":null,"etag":"1","metadata":{"ttlInSeconds":"60"},
          "options":{"concurrency":"first-write","consistency":"strong"}}]
        """#
    private static let transaction = #"""
        {"operations":[{"operation":"upsert","request":{"key":"a","value":1,"metadata":{"ttlInSeconds":"-1"}}},
          {"operation":"delete","request":{"key":"b","etag":"7"}},
          {"operation":"upsert","request":{"key":"c","value":[1],"options":{"concurrency":"first-write"}}}],
         "metadata":{"partitionKey":"k"}}
        """#
    private static let bulk = #"""
        [{"entryId":"1","event":{"n":1},"contentType":"application/json"},
         {"entryId":"2","event":"text","contentType":"text/plain","metadata":{"ttlInSeconds":"5"}}]
        """#
    private static let targetWords = [
        "/", "//", "/../", "%2F", "%2f..", "%00", "%ff", "%", "%C3%A9", "%CC%81", "%E0%A4%BF", "%E2%80%8D", "+", "?",
        "&", "=", ";", "#", "||", "%7C%7C",
        "metadata.",
        "metadata.ttlInSeconds=", "metadata.rawPayload=true", "bulk", "transaction", "v1.0", "v1.0-alpha1", "store",
        "bus", ":",
        "999999999999999999999", "-1",
    ]
    private static let words = [
        "{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\ud800", "null", "1e400", "-0", "1e-400", "key", "KEY",
        "value", "etag",
        "operation", "upsert", "request", "ttlInSeconds", "\u{0}", "\u{FEFF}", "e\u{301}", "\u{301}", "\u{93F}",
        "\u{200D}", "\u{FE0F}", "||",
    ]
    private static let headers: [(String, [String])] = [
        ("If-Match", ["1", "\"1\"", "*", "", "999999999999999999999"]),
        ("traceparent", ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-x", "", "ff-0-0-0"]),
        ("tracestate", ["a=b", ",,,", "\u{e9}"]),
        ("baggage", ["k=v;p=1, l = w", "x", "a=b,", "%zz=1", "a=%zz", "", "k\u{301}=v"]),
        ("dapr-app-id", ["orders", "other", "", "orders.default", "a b", "\u{e9}"]),
        ("Authorization", ["Basic ZGFwci1hcHAtaWQ6b3JkZXJz", "Basic =", "Basic ////", "Bearer x"]),
        (
            "Content-Type",
            ["application/json", "APPLICATION/CLOUDEVENTS+JSON;x=y", "", ";", "a/b/c", "application/octet-stream"]
        ),
        ("dapr-force-shutdown", ["true", "maybe"]), ("Connection", ["close, x", "upgrade"]), ("Host", ["", "a:b:c"]),
    ]

    /// Takes a call and changes target, headers or body, seldom more than one of them much.
    init(_ numbers: inout SeededRandom) {
        let call = numbers.pick(Self.corpus)
        var target = call.target
        if numbers.oneIn(4) {
            // The server lets nothing else through.
            let bytes = numbers.changed(Array(target.utf8), words: Self.targetWords).filter { 0x21...0x7E ~= $0 }
            target = "/" + String(decoding: bytes.drop { $0 == UInt8(ascii: "/") }, as: UTF8.self)
        }
        let method =
            numbers.oneIn(20) ? numbers.pick([.get, .head, .post, .put, .patch, .delete, .options]) : call.method
        var headers = HTTPHeaders()
        headers["Content-Type"] = call.type
        while numbers.oneIn(3) {
            let (name, values) = numbers.pick(Self.headers)
            headers[name] = numbers.pick(values)
        }
        var body = Array(call.body.utf8)
        if numbers.oneIn(2), let json = try? JSONValue(parsing: body) { body = numbers.changed(json).serialized() }
        if numbers.oneIn(5) { body = numbers.changed(body, words: Self.words) }
        if numbers.oneIn(100) { body += Array(repeating: UInt8(ascii: " "), count: 20_001) }
        request = HTTPRequest(method: method, target: target, headers: headers, body: body)
    }

    /// Whether the call changes everything it names or nothing.
    var isAllOrNothing: Bool { request.method == .delete || request.path.contains("transaction") }

    /// What an application may answer, right and wrong.
    static func answers(_ numbers: inout SeededRandom) -> [AppResponse] {
        (0...numbers.below(4)).map { _ in
            AppResponse(
                status: numbers.pick([200, 200, 204, 304, 404, 500, 100, 999, -1]),
                headers: numbers.oneIn(2) ? [] : [("X-Back", "1"), ("Content-Type", "a/b"), ("Date", "x")],
                body: numbers.changed(Array(#"{"status":"RETRY"}"#.utf8), words: words)
            )
        }
    }

    /// Looks at an answer as a client does.
    func judge(_ response: HTTPResponse) throws {
        let status = response.status.code
        guard (200...599).contains(status) else { throw Violation("\(self) answered \(status)") }
        for (name, value) in response.headers
        where (name + value).utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
            throw Violation("\(self) answered the field \(name): \(value)")
        }
        // What the application answers passes through as it is.
        guard status >= 400, response.headers["X-Back"] == nil, response.headers["traceparent"] != nil else { return }
        guard let error = try? JSONValue(parsing: response.bytes), let code = error["errorCode"]?.stringValue else {
            return
        }
        guard error["message"]?.stringValue?.isEmpty == false else { throw Violation("\(self) answered \(error)") }
        if status >= 500, !Self.serverFaults.contains(code) { throw Violation("\(self) answered \(status) \(error)") }
    }

    /// What daprd, too, answers with 500 and more to a caller's fault, or for want of something.
    private static let serverFaults: Set<String> = [
        // Words of `options`, times to live, conditions of a transaction that do not hold.
        "ERR_STATE_SAVE", "ERR_STATE_DELETE", "ERR_STATE_TRANSACTION",
        // What the store or the application does not have.
        "ERR_STATE_STORE_NOT_SUPPORTED", "ERR_SECRET_GET", "ERR_DIRECT_INVOKE", "ERR_HEALTH_APPID_NOT_MATCH",
        // A CloudEvent that is none, and a body that is too long.
        "ERR_PUBSUB_CLOUD_EVENTS_SER", "ERR_PUBSUB_PUBLISH_MESSAGE",
        // Building blocks that are not offered.
        "ERR_INVOKE_OUTPUT_BINDING", "ERR_CONFIGURATION_STORE_NOT_CONFIGURED", "ERR_LOCK_STORE_NOT_CONFIGURED",
        "ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED", "ERR_API_UNIMPLEMENTED",
        // All that Dapr's scheduler refuses.
        "DAPR_SCHEDULER_SCHEDULE_JOB", "DAPR_SCHEDULER_GET_JOB", "DAPR_SCHEDULER_DELETE_JOB",
    ]

    var description: String {
        "\(request.method) \(request.target) \(request.headers.map { "\($0.name): \($0.value)" }) \(String(decoding: request.body.prefix(3000), as: UTF8.self))"
    }
}

/// An application that gives its answers in turn.
final class FuzzedApp: AppChannel {
    private let answers: [AppResponse]
    private let count = Mutex(0)

    init(answers: [AppResponse]) { self.answers = answers }

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        if request.target.hasPrefix("/dapr/") || answers.isEmpty { return AppResponse(status: 404) }
        let number = count.withLock { count in
            count += 1
            return count
        }
        let answer = answers[number % answers.count]
        if answer.status < 0 { throw .failed("the connection broke") }
        return answer
    }
}
