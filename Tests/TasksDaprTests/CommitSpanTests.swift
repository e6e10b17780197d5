import Dapr
import DaprMetrics
import Tasks
import TestTools
import Testing

@testable import OpenTelemetry
@testable import TasksDapr

/// The spans of commits and of publishing.
struct CommitSpanTests {
    private let sidecar = FakeSidecar()
    private let queue = SpanQueue(limit: 1000, batchSize: 1000, metrics: SpanMetrics(MetricsRegistry()))
    private var tracer: Tracer { Tracer(sampler: Sampler(ratio: 1, followsParent: true), queue: queue) }

    /// The spans that were recorded since the last time.
    private func spans(_ name: String) -> [Span] { queue.take(isPartial: true).filter { $0.name == name } }

    private func outcomes(_ spans: [Span]) -> [String] {
        spans.flatMap(\.attributes).filter { $0.key == "tasks.commit.outcome" }.map { "\($0.value)" }
    }

    @Test func `a commit is part of its request, and its transaction is part of the commit`() async throws {
        let engine = try Engine(sidecar, tracer: tracer)
        try await engine.create("a")
        let spans = queue.take(isPartial: true)
        let commit = try #require(spans.first { $0.name == "commit" })
        #expect(commit.parent?.parentID == "b7ad6b7169203331")
        #expect(
            commit.attributes == [
                .init("tasks.commit.sequence", 1), .init("tasks.commit.commands", 1), .init("tasks.commit.changes", 1),
                .init("tasks.commit.outcome", "written"),
            ]
        )
        #expect(!commit.hasFailed)
        let calls = spans.filter { $0.name == "POST state/{store}/transaction" }
        #expect(calls.map(\.parent) == [commit.context])
        // What was read before the commit was decided is the request's.
        #expect(spans.filter { $0.name == "GET state/{store}/{key}" }.allSatisfy { $0.parent == commit.parent })
    }

    @Test func `a commit that another one came before is a conflict, and the next one is written`() async throws {
        let (left, right) = (try Engine(sidecar), try Engine(sidecar, tracer: tracer))
        try await left.create("a")
        _ = try await right.list()
        try await left.create("b")
        _ = queue.take(isPartial: true)
        try await right.create("c")
        let commits = spans("commit")
        #expect(outcomes(commits) == ["text(\"conflict\")", "text(\"written\")"])
        #expect(commits.map(\.hasFailed) == [false, false])
    }

    @Test(arguments: [true, false])
    func `a commit that nobody asks for any more says whether it may be written`(maybe: Bool) async throws {
        let engine = try Engine(sidecar, tracer: tracer)
        try await engine.create("a")
        _ = queue.take(isPartial: true)
        sidecar.setFault { call in
            call.kind == .transaction && maybe ? .before(.timedOut) : .before(.unreachable("refused"))
        }
        await #expect(throws: maybe ? TaskError.outcomeUnknown : .deadlineExceeded) {
            try await engine.perform(
                .create(TaskContent(title: "b"), id: nil),
                deadline: .now + .milliseconds(100)
            )
        }
        // A commit that may be written is asked for once more, by nobody's command.
        var found: [Span] = []
        try await eventually("the span") {
            found += spans("commit")
            return !found.isEmpty
        }
        #expect(outcomes(found) == [maybe ? "text(\"unknown\")" : "text(\"not_written\")"])
        #expect(found.map(\.hasFailed) == [true])
    }

    @Test func `commands without a trace that is recorded have no spans`() async throws {
        let engine = try Engine(sidecar, tracer: tracer)
        for parent in [nil, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"] {
            let context = CommandContext(
                actor: engine.owner,
                channel: .rest,
                trace: parent.map { CallerTrace(parent: $0) }
            )
            _ = try await engine.service.perform(
                .create(TaskContent(title: "a"), id: nil),
                owner: engine.owner,
                context: context
            )
        }
        #expect(queue.take(isPartial: true).isEmpty)
    }

    @Test func `publishing is part of the request that caused it, and says what failed`() async throws {
        let engine = try Engine(sidecar, tracer: tracer)
        sidecar.setFault { $0.kind == .publish && $0.number == 1 ? .status(500) : .none }
        try await engine.withRelay { try await engine.create("a") }
        let spans = queue.take(isPartial: true)
        let sent = spans.filter { $0.name == "send tasks" }
        #expect(sent.map(\.parent?.parentID) == ["b7ad6b7169203331", "b7ad6b7169203331"])
        #expect(sent.map(\.hasFailed) == [true, false])
        #expect(sent.allSatisfy { $0.kind == .producer })
        #expect(sent.first?.attributes.last == .init("error.type", "sidecar"))
        let calls = spans.filter { $0.name == "POST publish/bulk/{pubsub}/{topic}" }
        #expect(calls.map(\.parent) == sent.map(\.context))
    }
}
