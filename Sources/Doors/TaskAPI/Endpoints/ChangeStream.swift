import DaprJSON
import TaskFilter
import TaskJSON
import Tasks
import WebFront

/// Sends one owner's changes as they happen.
struct ChangeStream: Sendable {
    let service: any ChangeFeed
    let follower: ChangeFollower
    /// Which changes are sent; `nil` for all.
    let filter: Filter?
    /// The zone in which the filter's days begin and end.
    let zone: TaskZone
    /// When the proof of who asks ends; `nil` for never.
    let expiry: Timestamp?
    let trace: CallerTrace
    let now: @Sendable () -> Timestamp

    /// How long a stream may be silent: less than what proxies take for the end of a connection.
    static let heartbeat = Duration.seconds(15)
    /// How long a client waits that has lost the stream.
    static let retry = Duration.seconds(2)
    /// The most changes that are read from the journal at once; a page has at most 1 MiB of text.
    static let page = 64

    /// Sends everything after `since`, until there is a reason to end, which the last event tells.
    ///
    /// - Parameters:
    ///   - since: The last change that the client knows.
    ///   - first: What the feed told after it; its head is told first.
    ///   - events: Takes the events.
    /// - Returns: Why the stream ended.
    /// - Throws: When the client has left.
    func run(since: Int, first: ChangePage, _ events: EventStreamWriter) async throws -> EventStreamEnd {
        // With an id, so that who is cut off before the first change comes back to this place.
        let hello = ServerSentEvent(
            id: since,
            name: "hello",
            retry: Self.retry,
            data: ["head": .integer(first.head), "since": .integer(since)]
        )
        try await events.send(hello.bytes, events: 1)
        let end = try await follow(since, first, events)
        let farewell = ServerSentEvent(
            name: "end",
            data: ["reason": .string(end.rawValue), "message": .string(end.message)]
        )
        try await events.send(farewell.bytes, events: 1)
        return end
    }

    private func follow(_ since: Int, _ first: ChangePage, _ events: EventStreamWriter) async throws -> EventStreamEnd {
        var page = first
        var position = since
        var told = since
        while true {
            let conditions = filter?.resolved(in: FilterContext(now: now().milliseconds, zone: zone.rules))
            for change in page.changes {
                if hasExpired { return .tokenExpired }
                position = change.change.sequence
                guard let data = Self.data(change, conditions) else { continue }
                told = position
                try await events.send(ServerSentEvent(id: position, name: "change", data: data).bytes, events: 1)
            }
            do throws(TaskError) {
                page = try await service.changes(
                    since: position,
                    limit: Self.page,
                    following: follower,
                    until: nextDeadline,
                    trace: trace
                )
            } catch {
                switch error {
                case .cancelled: throw CancellationError()
                case .changesGone: return .changesGone
                default: return .unavailable
                }
            }
            guard page.changes.isEmpty else { continue }
            try Task.checkCancellation()
            if follower.hasEnded { return .draining }
            if hasExpired { return .tokenExpired }
            // Who comes back after many changes that did not match need not go through them again.
            try await events.send(
                position > told ? ServerSentEvent(id: position).bytes : ServerSentEvent.heartbeat
            )
            told = position
        }
    }

    private var hasExpired: Bool { expiry.map { $0 <= now() } ?? false }

    private var nextDeadline: ContinuousClock.Instant {
        let rest = expiry.map { Duration.milliseconds($0.milliseconds - now().milliseconds) } ?? Self.heartbeat
        return service.live.now + min(max(rest, .zero), Self.heartbeat)
    }

    /// What is sent of a change; `nil` when its task matched neither before nor after it.
    private static func data(_ change: RecordedChange, _ conditions: ResolvedFilter?) -> JSONValue? {
        guard let conditions else { return change.json }
        let (before, after) = change.states
        let matches = after.map { conditions.matches($0) } ?? false
        guard matches || before.map({ conditions.matches($0) }) ?? false, var data = change.json.objectValue else {
            return nil
        }
        data["matches"] = .bool(matches)
        return .object(data)
    }
}

extension EventStreamEnd {
    /// What the last event of a stream says.
    fileprivate var message: String {
        switch self {
        case .draining: "This server stops; connect again, and another one goes on from the last id."
        case .tokenExpired: "The token has expired; connect again with a new one, from the last id."
        case .changesGone: "The next changes are not kept any more; read all tasks, and then the changes since."
        case .unavailable: "The changes cannot be read now; connect again, from the last id."
        case .left, .tooSlow: "The connection was cut."
        }
    }
}
