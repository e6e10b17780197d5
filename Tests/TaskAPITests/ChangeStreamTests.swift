import DaprHTTP
import DaprJSON
import DoorSupport
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TaskAPI
@testable import WebFront

/// `GET /api/changes/stream`.
struct ChangeStreamTests {
    private func data(_ event: [String: String]) throws -> JSONValue {
        try JSONValue(parsing: Array(try #require(event["data"]).utf8))
    }

    private func ids(_ events: [[String: String]]) -> [String] {
        events.filter { $0["event"] == "change" }.map { $0["id"] ?? "" }
    }

    @Test(arguments: ["/api/changes/stream", "/api/demo/changes/stream"])
    func `it begins with the head, and then has each change as the list of changes has it`(path: String) async throws {
        let api = try APIHarness()
        let id = try await api.create(#"{"title":"one"}"#)
        let stream = try await api.open(path + "?since=0")
        #expect(stream.status == 200 && stream.headers["Content-Type"] == "text/event-stream")
        #expect(stream.headers["Cache-Control"] == "no-store")
        _ = try await stream.events(2)
        _ = try await api.send(.patch, "/api/tasks/\(id)", body: #"{"title":"two"}"#)
        _ = try await api.send(.delete, "/api/tasks/\(id)")
        let events = try await stream.events(4)
        #expect(events[0] == ["id": "0", "event": "hello", "retry": "2000", "data": #"{"head":1,"since":0}"#])
        #expect(ids(events) == ["1", "2", "3"])
        let listed = try #require(try await api.send(.get, "/api/changes").json["changes"]?.arrayValue)
        #expect(try events.dropFirst().map { try data($0) } == listed)
        stream.leave()
        try await stream.ends()
    }

    @Test func `it goes on wherever a client left off, and begins with what is new for one that says nothing`()
        async throws
    {
        let api = try APIHarness()
        for index in 1...150 { _ = try await api.create(#"{"title":"\#(index)"}"#) }
        for position in [0, 1, 63, 64, 65, 149, 150] {
            let stream = try await api.open("/api/changes/stream", headers: ["Last-Event-ID": "\(position)"])
            let events = try await stream.events(1 + 150 - position)
            #expect(ids(events) == (position..<150).map { "\($0 + 1)" })
            stream.leave()
        }
        // The header says where the client is; the query, where it once began.
        let both = try await api.open("/api/changes/stream?since=3", headers: ["Last-Event-ID": "148"])
        #expect(ids(try await both.events(3)) == ["149", "150"])
        let neither = try await api.open("/api/changes/stream")
        #expect(try await neither.events(1)[0]["id"] == "150")
        _ = try await api.create(#"{"title":"151"}"#)
        #expect(ids(try await neither.events(2)) == ["151"])
        #expect(ids(try await both.events(4)) == ["149", "150", "151"])
        both.leave()
        neither.leave()
    }

    @Test func `a client that leaves and comes again anywhere has every change once and in order`() async throws {
        let api = try APIHarness()
        var random = SeededRandom(seed: 7)
        var seen: [Int] = []
        var made = 0
        for _ in 0..<40 {
            let stream = try await api.open("/api/changes/stream", headers: ["Last-Event-ID": "\(seen.last ?? 0)"])
            for _ in 0..<Int.random(in: 0..<6, using: &random) {
                _ = try await api.create(#"{"title":"x"}"#)
                made += 1
            }
            _ = try await stream.events(1 + Int.random(in: 0...(made - seen.count), using: &random))
            stream.leave()
            try await stream.ends()
            seen += ids(stream.events).compactMap { Int($0) }
        }
        let rest = try await api.open("/api/changes/stream?since=\(seen.last ?? 0)")
        seen += ids(try await rest.events(1 + made - seen.count)).compactMap { Int($0) }
        #expect(seen == Array(1...made))
        rest.leave()
    }

    @Test func `a filter lets through what matched before or after, and says which`() async throws {
        let api = try APIHarness()
        let stream = try await api.open(
            "/api/changes/stream?since=0&filter=priority%20%3D%20high%20and%20not%20completed"
        )
        let low = try await api.create(#"{"title":"low","priority":"low"}"#)
        let high = try await api.create(#"{"title":"high","priority":"high"}"#)
        _ = try await api.send(.patch, "/api/tasks/\(low)", body: #"{"title":"still low"}"#)
        _ = try await api.send(.patch, "/api/tasks/\(low)", body: #"{"priority":"high"}"#)
        _ = try await api.send(.post, "/api/tasks/\(high)/complete")
        _ = try await api.send(.patch, "/api/tasks/\(high)", body: #"{"title":"done"}"#)
        _ = try await api.send(.delete, "/api/tasks/\(low)")
        let events = try await stream.events(5)
        #expect(ids(events) == ["2", "4", "5", "7"])
        #expect(try events.dropFirst().map { try data($0)["matches"] } == [true, true, false, false])
        let unfiltered = try await api.open("/api/changes/stream?since=6")
        #expect(try data(try await unfiltered.events(2)[1])["matches"] == nil)
        stream.leave()
        unfiltered.leave()
    }

    @Test func `a zone says when a filter's days begin`() async throws {
        let api = try APIHarness()
        let body = #"{"title":"x","due_date":"2026-02-01T23:30:00Z"}"#
        let filter = "filter=due%20%3D%202026-02-02"
        let berlin = try await api.open("/api/changes/stream?since=0&tz=Europe/Berlin&\(filter)")
        let header = try await api.open(
            "/api/changes/stream?since=0&\(filter)",
            headers: ["Time-Zone": "Europe/Berlin"]
        )
        let utc = try await api.open("/api/changes/stream?since=0&\(filter)")
        _ = try await api.create(body)
        _ = try await api.create(#"{"title":"x","due_date":"2026-02-02T10:00:00Z"}"#)
        #expect(ids(try await berlin.events(3)) == ["1", "2"])
        #expect(ids(try await header.events(3)) == ["1", "2"])
        #expect(ids(try await utc.events(2)) == ["2"])
        for stream in [berlin, header, utc] { stream.leave() }
    }

    @Test(arguments: [
        ("since=-1", "", 422, "INVALID_FIELDS"), ("since=x", "", 422, "INVALID_FIELDS"),
        ("since=1&since=1", "", 422, "INVALID_FIELDS"), ("limit=5", "", 422, "INVALID_FIELDS"),
        ("filter=due%20%3C", "", 422, "INVALID_FIELDS"), ("filter=", "", 422, "INVALID_FIELDS"),
        ("tz=Nowhere/At_All", "", 422, "INVALID_FIELDS"), ("since=%zz", "", 400, "MALFORMED_QUERY"),
        ("", "x", 400, "INVALID_HEADER"), ("", "-1", 400, "INVALID_HEADER"), ("since=0", " ", 400, "INVALID_HEADER"),
        ("since=2", "", 410, "CHANGES_GONE"), ("since=0", "2", 410, "CHANGES_GONE"),
    ])
    func `what cannot be followed is refused before the stream begins`(
        query: String,
        last: String,
        status: Int,
        code: String
    ) async throws {
        let api = try APIHarness()
        _ = try await api.create()
        let answer = try await api.send(
            .get,
            "/api/changes/stream?\(query)",
            headers: last.isEmpty ? [:] : ["Last-Event-ID": last]
        )
        #expect(answer.status == status && answer.code == code, "\(answer.text)")
        #expect(api.service.live.count == 0 && api.metric("tasks_streams_open") == "0")
    }

    @Test func `streams are bounded for a user and for all, and requests that wait are among them`() async throws {
        let api = try APIHarness { $0.streams = .init(perOwner: 2, inAll: 3) }
        let first = try await api.open("/api/changes/stream")
        let second = try await api.open("/api/changes/stream")
        let third = try await api.send(.get, "/api/changes/stream")
        #expect(third.status == 429 && third.code == "TOO_MANY_STREAMS" && third.details?["limit"] == 2)
        #expect(third.headers["Retry-After"] != nil)
        #expect(try await api.send(.get, "/api/changes?wait=1").code == "TOO_MANY_STREAMS")
        let other = try await api.open("/api/changes/stream", as: "ada")
        let full = try await api.send(.get, "/api/changes/stream", as: "bob")
        #expect(full.status == 503 && full.code == "STREAMS_FULL" && full.headers["Retry-After"] != nil)
        first.leave()
        try await first.ends()
        let again = try await api.open("/api/changes/stream")
        #expect(again.status == 200)
        for stream in [second, other, again] { stream.leave() }
    }

    @Test func `one user's stream has nothing of another's`() async throws {
        let api = try APIHarness()
        let stream = try await api.open("/api/changes/stream")
        _ = try await stream.events(1)
        _ = try await api.create(#"{"title":"theirs"}"#, as: "ada")
        _ = try await api.create(#"{"title":"mine"}"#)
        let events = try await stream.events(2)
        #expect(events.count == 2)
        #expect(try data(events[1])["task"]?["title"] == "mine")
        #expect(try await api.send(.get, "/api/ada/changes/stream").status == 403)
        stream.leave()
    }

    @Test func `when the server stops, the last event says to come again`() async throws {
        let api = try APIHarness()
        let stream = try await api.open("/api/changes/stream")
        _ = try await stream.events(1)
        api.service.live.end()
        try await stream.ends()
        let last = try #require(stream.events.last)
        #expect(last["event"] == "end" && last["id"] == nil)
        #expect(try data(last)["reason"] == "draining")
        #expect(api.metric(#"tasks_streams_ended_total{end="draining"}"#) == "1")
        // One that begins now ends as soon.
        let late = try await api.open("/api/changes/stream?since=0")
        try await late.ends()
        #expect(late.events.map { $0["event"] } == ["hello", "end"])
    }

    @Test func `a store that does not answer ends the stream, and one that forgot says so`() async throws {
        let api = try APIHarness()
        for (error, reason) in [
            (TaskError.storeUnavailable(retryAfter: .seconds(1)), "unavailable"),
            (.changesGone(head: 9), "changes_gone"),
        ] {
            api.service.fail(with: nil)
            let stream = try await api.open("/api/changes/stream?since=0")
            try await eventually { api.service.live.waiting == 1 }
            api.service.fail(with: error)
            // It has to read what is not at hand.
            api.service.live.forget(try #require(OwnerID("demo")))
            try await stream.ends()
            #expect(try data(try #require(stream.events.last))["reason"] == .string(reason))
        }
    }

    @Test func `HEAD has the headers, and takes no place`() async throws {
        let api = try APIHarness()
        let answer = try await api.send(.head, "/api/changes/stream")
        #expect(answer.status == 200 && answer.headers["Content-Type"] == "text/event-stream")
        #expect(api.metric("tasks_streams_open") == "0" && api.service.live.count == 0)
    }

    @Test func `a silent stream has a heartbeat, which tells how far it is when nothing matched`() async throws {
        let api = try APIHarness()
        let stream = try await api.open("/api/changes/stream?filter=completed")
        _ = try await stream.events(1)
        try await eventually { api.service.live.waiting == 1 }
        let before = stream.text
        api.service.pass(ChangeStream.heartbeat)
        try await stream.reads { $0 == before + ":\n\n" }
        for index in 1...3 { _ = try await api.create(#"{"title":"\#(index)"}"#) }
        try await eventually { api.service.live.waiting == 1 }
        api.service.pass(ChangeStream.heartbeat)
        try await stream.reads { $0 == before + ":\n\nid: 3\n\n" }
        stream.leave()
    }

    @Test func `it ends when the token does, and sends nothing more from then on`() async throws {
        let api = try APIHarness()
        let time = Mutex<Int64>(1_000_000)
        let owner = try #require(OwnerID("demo"))
        let stream = ChangeStream(
            service: api.service,
            follower: api.service.live.follow(owner),
            filter: nil,
            zone: .utc,
            expiry: Timestamp(clamping: 1_010_000),
            trace: CallerTrace(parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            now: { Timestamp(clamping: time.withLock { $0 }) }
        )
        let sent = Mutex<[UInt8]>([])
        let events = EventStreamWriter(HTTPBodyWriter { piece in sent.withLock { $0 += piece } })
        let running = Task {
            try await stream.run(since: 0, first: ChangePage(changes: [], head: 0), events)
        }
        _ = try await api.create()
        try await eventually { sent.withLock { String(decoding: $0, as: UTF8.self) }.contains("id: 1\n") }
        try await eventually { api.service.live.waiting == 1 }
        time.withLock { $0 = 1_010_000 }
        _ = try await api.create()
        #expect(try await running.value == .tokenExpired)
        let text = sent.withLock { String(decoding: $0, as: UTF8.self) }
        #expect(!text.contains("id: 2\n") && text.contains(#""reason":"token_expired""#))
        // Without a change as well: it waits no longer than the token is good.
        time.withLock { $0 = 1_009_000 }
        let silent = Task {
            try await stream.run(since: 2, first: ChangePage(changes: [], head: 2), events)
        }
        try await eventually { api.service.live.waiting == 1 }
        time.withLock { $0 = 1_010_000 }
        api.service.pass(.seconds(2))
        #expect(try await silent.value == .tokenExpired)
    }
}

/// `GET /api/changes?wait=…`.
struct ChangeWaitTests {
    @Test func `a page that has changes is answered at once, an empty one when there is a change`() async throws {
        let api = try APIHarness()
        _ = try await api.create(#"{"title":"one"}"#)
        #expect(try await api.send(.get, "/api/changes?wait=25").json["next"] == 1)
        async let waited = api.send(.get, "/api/changes?since=1&wait=25")
        try await eventually { api.service.live.waiting == 1 }
        #expect(api.metric("tasks_streams_open") == "1")
        _ = try await api.create(#"{"title":"two"}"#)
        let page = try await waited.json
        #expect(page["next"] == 2 && page["more"] == false)
        #expect(page["changes"]?[0]?["task"]?["title"] == "two")
        #expect(api.metric("tasks_streams_open") == "0" && api.service.live.count == 0)
    }

    @Test(arguments: [(1, 25, 1), (25, 25, 25), (25, 10, 10)])
    func `it waits as long as asked for, and as a request may take`(asked: Int, most: Int, waits: Int) async throws {
        let api = try APIHarness { $0.longestChangeWait = .seconds(most) }
        async let waited = api.send(.get, "/api/changes?wait=\(asked)")
        try await eventually { api.service.live.waiting == 1 }
        api.service.pass(.milliseconds(waits * 1000 - 500))
        #expect(api.service.live.waiting == 1)
        api.service.pass(.milliseconds(500))
        #expect(try await waited.json == ["changes": [], "more": false, "next": 0])
    }

    @Test func `when the server stops, who waits is answered with the empty page`() async throws {
        let api = try APIHarness()
        async let waited = api.send(.get, "/api/changes?wait=25")
        try await eventually { api.service.live.waiting == 1 }
        api.service.live.end()
        #expect(try await waited.json == ["changes": [], "more": false, "next": 0])
    }

    @Test(arguments: ["wait=0", "wait=26", "wait=1.5", "wait=", "wait=x", "wait=1&wait=2", "wait=-1"])
    func `a wait is 1 to 25 whole seconds`(query: String) async throws {
        let api = try APIHarness()
        let answer = try await api.send(.get, "/api/changes?\(query)")
        #expect(answer.status == 422 && answer.faults["wait"] != nil)
        #expect(try await api.send(.get, "/api/changes?since=1&wait=25").status == 410)
    }
}
