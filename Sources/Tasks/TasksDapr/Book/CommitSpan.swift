internal import Dapr
internal import OpenTelemetry
internal import Synchronization
internal import Tasks

/// The span of a commit: from its decision until its outcome is known, or nobody asks for it any more.
///
/// It ends once, at the latest when the attempt that holds it is given up.
final class CommitSpan: Sendable {
    /// What became of the commit.
    enum Outcome: String {
        case written
        /// Another commit was first, and the commands were decided again.
        case conflict
        case unknown
        case notWritten = "not_written"
    }

    private let span: OpenSpan
    private let attributes: [Span.Attribute]
    private let hasEnded = Atomic(false)

    /// Begins the span of a commit; `nil` when none of its commands belongs to a trace that is recorded.
    ///
    /// It is part of the first command's trace, and linked to those of the others.
    init?(_ plan: CommitPlan, _ commit: Commit, _ tracer: Tracer) {
        let writers = plan.outcomes.filter { (try? $0.result.get())?.changes != nil }
        let traces = writers.compactMap { $0.member.context.trace.map(TraceContext.init(_:)) }
        guard let span = tracer.begin("commit", .internal, for: traces) else { return nil }
        self.span = span
        attributes = [
            .init("tasks.commit.sequence", commit.record.sequence), .init("tasks.commit.commands", writers.count),
            .init("tasks.commit.changes", commit.record.entries.count),
        ]
    }

    /// The context for the calls that are made for the commit.
    var context: TraceContext { span.context }

    /// Ends the span; only the first call has an effect.
    func end(_ outcome: Outcome) {
        guard !hasEnded.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let hasFailed = outcome == .unknown || outcome == .notWritten
        var attributes = attributes + [.init("tasks.commit.outcome", outcome.rawValue)]
        if hasFailed { attributes.append(.init("error.type", outcome.rawValue)) }
        span.end(attributes, hasFailed: hasFailed)
    }

    deinit { end(.notWritten) }
}

extension CommitAttempt {
    /// Ends the span of a commit whose outcome nobody will ask for any more.
    func endSpan() { span?.end(mayBeWritten ? .unknown : .notWritten) }
}
