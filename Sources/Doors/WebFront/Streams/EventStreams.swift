import Dapr
package import DaprHTTP
package import DaprLog
package import DaprMetrics
import ServiceMetrics
import Synchronization

/// The streams of events that are open: bounded in number for each user and for the server, counted, and logged when they end.
///
/// A request that waits for news counts as one while it waits, because it holds as much.
package final class EventStreams: Sendable {
    private let places: Allotment
    private let logger: Logger
    private let events: CounterChild
    private let ended: Counter

    /// Creates the count; no stream is open yet.
    ///
    /// - Parameters:
    ///   - limits: The most streams.
    ///   - logger: Gets a line for each stream that ends.
    ///   - metrics: Shows how many are open, what they sent, and how they ended.
    package init(_ limits: Allotment.Limits, logger: Logger, metrics: MetricsRegistry) {
        places = Allotment(limits)
        self.logger = logger
        events = metrics.counter(.streamEvents).child()
        ended = metrics.counter(.endedStreams)
        // So that the first of a kind is seen as an increase.
        for end in EventStreamEnd.allCases { ended.increment(by: 0, end.rawValue) }
        metrics.callback(.openStreams) { [weak self] in Double(self?.count ?? 0) }
    }

    /// How many are open.
    package var count: Int { places.taken }

    /// Takes a place for a stream of a principal; it is given back when the last reference to it goes.
    ///
    /// - Throws: `WebFault.tooManyStreams` when there is none.
    package func place(of principal: Principal) throws(WebFault) -> Allotment.Share {
        do throws(Allotment.Refusal) {
            return try places.take(1, of: principal)
        } catch {
            let isOwners = error == .owners
            throw .tooManyStreams(
                isOwners: isOwners,
                limit: isOwners ? places.limits.perOwner : places.limits.inAll
            )
        }
    }

    /// An answer that sends events until `body` returns.
    ///
    /// - Parameters:
    ///   - place: The stream's place, held until the stream ends.
    ///   - exchange: What is known of the request.
    ///   - body: Sends the events, and returns why it ends. It is cancelled when the client leaves, takes nothing for too long, or the server's time to
    ///     stop is over; then it throws.
    /// - Returns: The answer.
    package func answer(
        in place: Allotment.Share,
        _ exchange: Exchange,
        _ body: @escaping @Sendable (EventStreamWriter) async throws -> EventStreamEnd
    ) -> HTTPResponse {
        var answer = HTTPResponse(.ok, headers: Self.headers) { [self] writer in
            let sent = EventStreamWriter(writer)
            let began = ContinuousClock.now
            do {
                note(try await body(sent), sent, began, exchange)
            } catch {
                note(writer.wasTooSlow ? .tooSlow : .left, sent, began, exchange)
                throw error
            }
            withExtendedLifetime(place) {}
        }
        answer.pace = .any
        return answer
    }

    /// The headers of a stream.
    package static let headers: HTTPHeaders = [
        "Content-Type": "text/event-stream", "Cache-Control": "no-store",
        // Proxies that gather answers would hold events back (nginx: proxy_buffering).
        "X-Accel-Buffering": "no",
    ]

    private func note(
        _ end: EventStreamEnd,
        _ sent: EventStreamWriter,
        _ began: ContinuousClock.Instant,
        _ exchange: Exchange
    ) {
        let (count, bytes) = sent.sent
        events.increment(by: count)
        ended.increment(by: 1, end.rawValue)
        var fields: LogFields = [
            .route: .string(exchange.route), .end: .string(end.rawValue), .events: .int(count), .bytesOut: .int(bytes),
            .durationMilliseconds: .double((ContinuousClock.now - began).roundedMilliseconds),
            .correlationID: .string(exchange.correlationID.rawValue), .traceID: .string(exchange.trace.traceID),
        ]
        if let principal = exchange.principal { fields[.user] = .string(principal.logName) }
        logger.info("stream ended", fields)
    }
}

/// Why a stream of events ended.
package enum EventStreamEnd: String, CaseIterable, Sendable {
    /// The client left, or the server's time to stop was over.
    case left
    /// The client took nothing for too long while something waited for it.
    case tooSlow = "too_slow"
    case tokenExpired = "token_expired"
    /// The server stops.
    case draining
    /// What comes next is not kept any more.
    case changesGone = "changes_gone"
    /// The store did not answer.
    case unavailable
}

/// Sends the events of one stream, and counts them.
package final class EventStreamWriter: Sendable {
    private let writer: HTTPBodyWriter
    private let count = Mutex((events: 0, bytes: 0))

    init(_ writer: HTTPBodyWriter) { self.writer = writer }

    /// What was sent so far.
    var sent: (events: Int, bytes: Int) { count.withLock { $0 } }

    /// Sends a piece of the stream, and returns when there is room for the next.
    ///
    /// - Parameters:
    ///   - piece: Whole events or comments.
    ///   - events: How many of them are events.
    /// - Throws: `CancellationError` when the client has left or was cut.
    package func send(_ piece: [UInt8], events: Int = 0) async throws {
        try await writer.write(piece)
        count.withLock { $0 = ($0.events + events, $0.bytes + piece.count) }
    }
}
