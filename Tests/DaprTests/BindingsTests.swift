import Dapr
import DaprJSON
import TestSupport
import Testing

struct BindingsTests {
    @Test func `an operation goes out with its data and metadata`() async throws {
        let stub = StubTransport(
            .json(200, #"{"fileName":"a.txt"}"#, headers: [("metadata.etag", "7"), ("traceparent", "00-0")]),
            .json(200, #"{"text":"hello"}"#),
            .status(204)
        )
        let dapr = DaprClient(transport: stub)
        let created = try await dapr.invokeBinding(
            "files",
            operation: .create,
            value: "hello",
            metadata: ["fileName": "a.txt"]
        )
        #expect(created == BindingAnswer(data: Array(#"{"fileName":"a.txt"}"#.utf8), metadata: ["etag": "7"]))
        #expect(try created.jsonValue() == ["fileName": "a.txt"])
        let read = try await dapr.invokeBinding(
            "files",
            operation: .get,
            metadata: ["fileName": "a.txt"],
            onlyReads: true
        )
        #expect(try read.decoded([String: String].self) == ["text": "hello"])
        let deleted = try await dapr.invokeBinding("my files", operation: .delete, metadata: ["fileName": "a.txt"])
        #expect(deleted == BindingAnswer(data: []))
        #expect(
            stub.requests.map(\.bodyText) == [
                #"{"operation":"create","data":"hello","metadata":{"fileName":"a.txt"}}"#,
                #"{"operation":"get","metadata":{"fileName":"a.txt"}}"#,
                #"{"operation":"delete","metadata":{"fileName":"a.txt"}}"#,
            ]
        )
        #expect(stub.requests.map(\.method) == ["POST", "POST", "POST"])
        #expect(
            stub.requests.map(\.path) == ["/v1.0/bindings/files", "/v1.0/bindings/files", "/v1.0/bindings/my%20files"]
        )
        #expect(stub.requests.allSatisfy { $0.header("content-type") == "application/json" })
        #expect(stub.requests.map(\.mayRepeat) == [false, true, false])
    }

    @Test(arguments: [
        (
            500, "ERR_INVOKE_OUTPUT_BINDING",
            "error invoking output binding files: couldn't find output binding files", DaprError.Kind.notConfigured,
            DaprError.Kind.notConfigured
        ),
        (
            500, "ERR_INVOKE_OUTPUT_BINDING",
            "error invoking output binding files: binding files does not support operation nonsense. supported operations:create get list delete",
            .refused, .refused
        ),
        (
            500, "ERR_INVOKE_OUTPUT_BINDING", "error invoking output binding files: file not found: /tmp/none.txt",
            .outcomeUnknown, .refused
        ),
        (
            500, "ERR_INVOKE_OUTPUT_BINDING",
            "error invoking output binding files: lost: couldn't find output binding files", .outcomeUnknown, .refused
        ),
        (400, "ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: unexpected EOF", .refused, .refused),
        (404, "ERR_DIRECT_INVOKE", "failed getting app id", .notFound, .notFound),
    ])
    func `a refusal says whether the operation may have happened`(
        status: Int,
        code: String,
        message: String,
        written: DaprError.Kind,
        read: DaprError.Kind
    ) async throws {
        let answer = StubTransport.Answer.json(status, #"{"errorCode":"\#(code)","message":"\#(message)"}"#)
        let dapr = DaprClient(transport: StubTransport(answer, answer))
        for (onlyReads, kind) in [(false, written), (true, read)] {
            let error = try await #require(throws: DaprError.self) {
                try await dapr.invokeBinding("files", operation: "nonsense", onlyReads: onlyReads)
            }
            #expect(error.kind == kind)
            #expect(error.outcomeUnknown == (kind == .outcomeUnknown))
            #expect(error.errorCode == code && error.status == status && error.component == "files")
        }
    }

    @Test func `what the sidecar would refuse is not sent`() async throws {
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub)
        let calls: [() async throws -> Void] = [
            { _ = try await dapr.invokeBinding("", operation: .get) },
            { _ = try await dapr.invokeBinding("files", operation: "") },
            { _ = try await dapr.invokeBinding("files", operation: .create, json: []) },
        ]
        for call in calls {
            let error = try await #require(throws: DaprError.self) { try await call() }
            #expect(error.kind == .invalidArgument)
        }
        #expect(stub.requests.isEmpty)
    }

    @Test func `an input binding's event keeps what the binding says`() throws {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let headers = [
            ("Host", "127.0.0.1:8080"), ("User-Agent", "fasthttp"), ("Content-Type", "application/json"),
            ("Readtimeutc", "2026-08-14 10:00:00"), ("Timezone", "Local"), ("timezone", "second"),
            ("Content-Length", "0"), ("Accept-Encoding", "gzip"), ("Traceparent", trace), ("Tracestate", "a=b"),
            ("dapr-api-token", "hunter2"),
        ]
        let event = InputBindingEvent(headers: headers.map { (name: $0.0, value: $0.1) }, body: [])
        #expect(event.metadata == ["readtimeutc": "2026-08-14 10:00:00", "timezone": "Local"])
        #expect(event.trace == TraceContext(traceparent: trace, tracestate: "a=b"))
        #expect(event.data.isEmpty)
        #expect(throws: DeliveryError.noData) { try event.decodedData(Int.self) }
    }

    @Test func `an input binding's data is decoded`() throws {
        let event = InputBindingEvent(headers: [("traceparent", "broken")], body: Array(#"{"n":1}"#.utf8))
        #expect(try event.decodedData([String: Int].self) == ["n": 1])
        #expect(try event.jsonValue() == ["n": 1])
        #expect(event.trace == nil && event.metadata.isEmpty)
        #expect(throws: JSONError.self) { try InputBindingEvent(headers: [], body: [0x7B]).jsonValue() }
    }
}
