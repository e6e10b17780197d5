import Dapr
import DaprJSON
import Synchronization
import TestSupport
import Testing

/// Notes every call and its end, and sends a trace of its own where it has one.
private final class Recorder: DaprInstrumentation {
    let own: TraceContext?
    private let noted = Mutex<(begun: [DaprCall], ended: [DaprCallEnd])>(([], []))

    init(own: TraceContext? = nil) { self.own = own }

    var begun: [DaprCall] { noted.withLock { $0.begun } }
    var ended: [DaprCallEnd] { noted.withLock { $0.ended } }

    func begin(_ call: DaprCall) -> DaprCallSpan {
        noted.withLock { $0.begun.append(call) }
        return DaprCallSpan(trace: own) { [self] end in noted.withLock { $0.ended.append(end) } }
    }
}

struct InstrumentationTests {
    private static let trace = TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    private static let other = TraceContext(traceparent: "00-11111111111111111111111111111111-2222222222222222-00")

    @Test func `a call is told with its operation, component and trace, and its end with its duration`() async throws {
        let recorder = Recorder()
        let stub = StubTransport { _ in
            try? await Task.sleep(for: .milliseconds(20))  // Nobody cancels it.
            return .status(204)
        }
        let dapr = DaprClient(transport: stub, instrumentation: recorder)
        #expect(try await dapr.getState("secret-key", in: "store", trace: Self.trace) == nil)
        #expect(
            recorder.begun == [
                DaprCall(operation: "GET state/{store}/{key}", component: "store", trace: Self.trace)
            ]
        )
        let end = try #require(recorder.ended.first)
        #expect(recorder.ended.count == 1)
        #expect(end.error == nil)
        #expect(end.outcome == "success")
        #expect((Duration.milliseconds(20)..<Duration.seconds(10)).contains(end.duration))
        #expect(stub.requests.first?.header("traceparent") == Self.trace?.traceparent)
    }

    @Test func `the trace of the instrumentation is sent instead of the caller's`() async throws {
        let stub = StubTransport(.status(204))
        let dapr = DaprClient(transport: stub, instrumentation: Recorder(own: Self.other))
        _ = try await dapr.getState("k", in: "store", trace: Self.trace)
        #expect(stub.requests.first?.headers.count { $0.name == "traceparent" } == 1)
        #expect(stub.requests.first?.header("traceparent") == Self.other?.traceparent)
    }

    /// An answer with the outcome that the call ends with: what the caller gets thrown is what the instrumentation is told.
    @Test(
        arguments: [
            (.json(409, #"{"errorCode":"ERR_STATE_SAVE","message":"possible etag mismatch"}"#), "conflict"),
            (.json(500, #"{"errorCode":"ERR_STATE_SAVE","message":"down"}"#), "outcome_unknown"),
            (.json(400, #"{"errorCode":"ERR_STATE_STORE_NOT_FOUND","message":"x"}"#), "not_configured"),
            (.json(403, #"{"errorCode":"ERR_X","message":"x"}"#), "refused"),
            (.status(404), "not_found"), (.status(200), "unreadable_answer"),
            (.failure(.unreachable("x")), "unreachable"), (.failure(.timedOut), "outcome_unknown"),
            (.failure(.cancelledBeforeSending), "cancelled"),
            (.failure(.invalidRequest("x")), "invalid_argument"),
        ] as [(StubTransport.Answer, String)]
    )
    func `a failure is told as the caller gets it`(answer: StubTransport.Answer, outcome: String) async throws {
        let recorder = Recorder()
        let dapr = DaprClient(transport: StubTransport(answer), instrumentation: recorder)
        let thrown = try await #require(throws: DaprError.self) {
            try await dapr.saveState([StateItem("k", value: 1, etag: "1")], in: "store")
        }
        #expect(recorder.ended.map(\.error) == [thrown])
        #expect(recorder.ended.map(\.outcome) == [outcome])
    }

    @Test func `a read that ran out of time has an outcome of its own`() {
        let end = DaprCallEnd(error: DaprError(.timedOut, operation: "GET metadata"), duration: .zero)
        #expect(end.outcome == "timed_out")
    }

    @Test func `a key that exists has an outcome of its own`() async throws {
        let recorder = Recorder()
        let stub = StubTransport(.json(409, #"{"errorCode":"ERR_STATE_SAVE","message":"possible etag mismatch"}"#))
        let dapr = DaprClient(transport: stub, instrumentation: recorder)
        await #expect(throws: DaprError.self) {
            try await dapr.saveState([StateItem("k", value: 1, concurrency: .firstWrite)], in: "store")
        }
        #expect(recorder.ended.map(\.outcome) == ["already_exists"])
    }

    @Test func `every kind of error has a label that is not another's`() {
        let labels = DaprError.Kind.allCases.map {
            DaprCallEnd(error: DaprError($0, operation: "x"), duration: .zero).outcome
        }
        #expect(Set(labels).count == DaprError.Kind.allCases.count)
        #expect(!labels.contains("success"))
    }

    @Test func `a refused token ends the call that began`() async throws {
        let recorder = Recorder()
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub, apiToken: "a\nb", instrumentation: recorder)
        await #expect(throws: DaprError.self) { try await dapr.getMetadata() }
        #expect(recorder.ended.map(\.outcome) == ["invalid_argument"])
        #expect(stub.requests.isEmpty)
    }

    @Test func `what never becomes a request is not told`() async throws {
        let recorder = Recorder()
        let dapr = DaprClient(transport: StubTransport(), instrumentation: recorder)
        await #expect(throws: DaprError.self) { try await dapr.getState("", in: "store") }
        try await dapr.saveState([], in: "store")
        #expect(recorder.begun.isEmpty)
    }

    /// Calls of every building block, so that none goes past the instrumentation.
    @Test func `every call of the client begins and ends once`() async throws {
        for call in ParityTable.rows.flatMap(\.calls) {
            let recorder = Recorder(own: Self.other)
            let stub = StubTransport(.status(418))
            let dapr = DaprClient(transport: stub, instrumentation: recorder)
            // An app's answer to an invocation is no failure, whatever its status; the others fail.
            try? await call.make(dapr)
            #expect(recorder.begun.count == 1 && recorder.ended.count == 1, "\(call.name)")
            #expect(stub.requests.first?.header("traceparent") == Self.other?.traceparent, "\(call.name)")
        }
    }
}
