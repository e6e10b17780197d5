package import Dapr

/// One piece of work with its begin and end, as OpenTelemetry describes it.
///
/// https://opentelemetry.io/docs/specs/otel/trace/api/#span
package struct Span: Sendable {
    /// The role of the work in its trace; the numbers are those of OTLP.
    package enum Kind: UInt64, Sendable {
        case `internal` = 1
        case server, client, producer, consumer
    }

    /// One fact about the work.
    ///
    /// Neither secrets nor anything that users wrote may stand in one, nor the names of users.
    package struct Attribute: Sendable, Equatable {
        package enum Value: Sendable, Equatable {
            case text(String)
            case integer(Int)
        }

        package let key: String
        package let value: Value

        package init(_ key: String, _ text: String) { (self.key, value) = (key, .text(text)) }
        package init(_ key: String, _ number: Int) { (self.key, value) = (key, .integer(number)) }
    }

    package let name: String
    package let kind: Kind
    /// The trace, and this span's own id in it.
    package let context: TraceContext
    /// The span that this one is part of; `nil` for the first of a trace.
    package let parent: TraceContext?
    package let begin: ContinuousClock.Instant
    package let end: ContinuousClock.Instant
    package let attributes: [Attribute]
    /// Spans that this one also works for, or comes from.
    package let links: [TraceContext]
    /// Whether the work failed by a fault of ours, or of something we depend on.
    package let hasFailed: Bool

    package init(
        _ name: String,
        _ kind: Kind,
        _ context: TraceContext,
        parent: TraceContext?,
        begin: ContinuousClock.Instant,
        end: ContinuousClock.Instant = .now,
        attributes: [Attribute],
        links: [TraceContext] = [],
        hasFailed: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.begin = begin
        self.end = end
        self.attributes = attributes
        self.links = links
        self.hasFailed = hasFailed
    }
}
