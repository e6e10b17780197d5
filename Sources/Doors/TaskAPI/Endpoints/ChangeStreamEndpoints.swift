import DaprHTTP
import DaprJSON
import TaskJSON
import Tasks
import WebFront

/// The endpoint that sends changes as they happen, under both path families.
struct ChangeStreamEndpoints: Sendable {
    let service: any TaskService
    let zones: TaskZones
    let streams: EventStreams
    let now: @Sendable () -> Timestamp

    var endpoints: [Endpoint] { row.endpoints }

    private var row: TaskEndpoints.Row {
        TaskEndpoints.Row(
            .get,
            "/changes/stream",
            Operation(
                id: "streamChanges",
                summary: "What happens to the tasks, as it happens",
                description:
                    "[Server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html): first `hello` with the last change there is, then a `change` for each after `since`, or from now on, with its sequence as `id` and the data of `GET /api/changes`. With a `filter` those are sent whose task matched before or after, and `matches` tells the latter. `end` says why the server ends the stream. Whoever comes again sends the last `id` as `Last-Event-ID`, and misses and repeats nothing. Browsers read it by `fetch`, since the token is a header.",
                tag: .tasks,
                parameters: [.sinceOrNow] + Parameter.filtering + [.lastEventID],
                successes: [
                    Operation.Success(
                        status: .ok,
                        description: "The events, until one side ends them.",
                        content: ("text/event-stream", ["type": "string"])
                    )
                ],
                refusals: TaskEndpoints.Row.readRefusals + [.invalidFields, .gone]
            ),
            stream,
            cost: .expensiveRead
        )
    }

    private func stream(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
        let query = try StreamRequest(request, zones)
        let place = try streams.place(of: principal)
        // Before the first look, so that no change is missed behind it.
        let follower = service.live.follow(owner)
        let trace = CallerTrace(exchange.trace)
        let first: ChangePage
        do throws(TaskError) {
            if let since = query.since {
                first = try await service.changes(since: since, limit: ChangeStream.page, owner: owner, trace: trace)
            } else {
                let head = try await service.look(at: owner, trace: trace) { book, _ in book.head }
                first = ChangePage(changes: [], head: head)
            }
        } catch {
            throw .query(error)
        }
        if request.method == .head { return HTTPResponse.toHead(.ok, headers: EventStreams.headers, length: nil) }
        let stream = ChangeStream(
            service: service,
            follower: follower,
            filter: query.filter,
            zone: query.zone,
            expiry: principal.expiresAt.map { Timestamp(clamping: Int64(clamping: $0.clampedTimes(1000))) },
            trace: trace,
            now: now
        )
        let since = query.since ?? first.head
        return streams.answer(in: place, exchange) { try await stream.run(since: since, first: first, $0) }
    }
}

extension Parameter {
    fileprivate static let sinceOrNow = Parameter(
        name: "since",
        place: .query,
        description:
            "The `sequence` of the last change that is known; without it only what happens from now on is sent.",
        schema: .object([
            "type": "integer", "minimum": 0, "maximum": .integer(ChangeQuery.sequences.upperBound),
        ])
    )
    fileprivate static let lastEventID = Parameter(
        name: "Last-Event-ID",
        place: .header,
        description: "The `id` of the last event that was read; it wins over `since`.",
        schema: .object([
            "type": "integer", "minimum": 0, "maximum": .integer(ChangeQuery.sequences.upperBound),
        ])
    )
}

extension Int {
    /// The product, or the nearest number to it that there is.
    fileprivate func clampedTimes(_ factor: Int) -> Int {
        let (product, overflows) = multipliedReportingOverflow(by: factor)
        return overflows ? (self < 0 ? .min : .max) : product
    }
}
