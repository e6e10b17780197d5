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
    /// The most streams that may be open.
    package struct Limits: Sendable {
        /// Of one user.
        package var perOwner: Int
        /// Of all users together.
        package var inAll: Int

        package init(perOwner: Int, inAll: Int) {
            self.perOwner = perOwner
            self.inAll = inAll
        }
    }

    private struct State {
        var inAll = 0
        /// By the bytes of the subject.
        var owners: [[UInt8]: Int] = [:]
    }

    private let limits: Limits
    private let state = Mutex(State())
    private let logger: Logger
    private let events: CounterChild
    private let ended: Counter

    /// Creates the count; no stream is open yet.
    ///
    /// - Parameters:
    ///   - limits: The most streams.
    ///   - logger: Gets a line for each stream that ends.
    ///   - metrics: Shows how many are open, what they sent, and how they ended.
    package init(_ limits: Limits, logger: Logger, metrics: MetricsRegistry) {
        self.limits = limits
        self.logger = logger
        events = metrics.counter(.streamEvents).child()
        ended = metrics.counter(.endedStreams)
        // So that the first of a kind is seen as an increase.
        for end in EventStreamEnd.allCases { ended.increment(by: 0, end.rawValue) }
        metrics.callback(.openStreams) { [weak self] in Double(self?.count ?? 0) }
    }

    /// How many are open.
    package var count: Int { state.withLock { $0.inAll } }

    /// Takes a place for a stream of a principal; it is given back when the last reference to it goes.
    ///
    /// - Throws: `WebFault.tooManyStreams` when there is none.
    package func place(of principal: Principal) throws(WebFault) -> Place {
        let owner = Array(principal.subject.utf8)
        try state.withLock { state throws(WebFault) in
            let own = state.owners[owner] ?? 0
            guard own < limits.perOwner else { throw .tooManyStreams(isOwners: true, limit: limits.perOwner) }
            guard state.inAll < limits.inAll else { throw .tooManyStreams(isOwners: false, limit: limits.inAll) }
            state.inAll += 1
            state.owners[owner] = own + 1
        }
        return Place(in: self, owner)
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
        in place: Place,
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

    fileprivate func giveBack(_ owner: [UInt8]) {
        state.withLock { state in
            state.inAll -= 1
            let left = (state.owners[owner] ?? 0) - 1
            state.owners[owner] = left > 0 ? left : nil
        }
    }

    /// The place of an open stream.
    package final class Place: Sendable {
        private let streams: EventStreams
        private let owner: [UInt8]

        fileprivate init(in streams: EventStreams, _ owner: [UInt8]) {
            self.streams = streams
            self.owner = owner
        }

        deinit { streams.giveBack(owner) }
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
