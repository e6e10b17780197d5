import Dapr
import Tasks
import TestSupport
import Testing

@testable import TasksDapr

struct CallerTraceTests {
    private static let trace = CallerTrace(
        parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        state: "a=1,b=2"
    )

    @Test func `the calls for a request continue its trace, with its state`() async throws {
        let stub = StubTransport { request in
            request.path.contains("/bulk") ? .json(200, "[]") : .status(204)
        }
        let engine = try Engine(stub)
        let id = TaskID(high: 1, low: 2)
        await #expect(throws: TaskError.self) {
            try await engine.service.document(id, owner: engine.owner, trace: Self.trace)
        }
        await #expect(throws: TaskError.self) {
            let context = CommandContext(
                actor: engine.owner,
                channel: .rest,
                trace: Self.trace,
                deadline: .now + .milliseconds(500)
            )
            _ = try await engine.service.perform(.complete(id), owner: engine.owner, context: context)
        }
        let requests = stub.requests.filter { $0.header("traceparent") == Self.trace.parent }
        #expect(requests.count >= 2)
        for request in requests { #expect(request.header("tracestate") == "a=1,b=2", "\(request.path)") }
    }
}
