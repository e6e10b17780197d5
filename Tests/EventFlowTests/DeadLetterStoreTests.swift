import Dapr
import DaprJSON
import DaprLog
import DaprMetrics
import DaprSidecar
import DaprTesting
import Synchronization
import Tasks
import Testing

@testable import TasksDapr

struct DeadLetterStoreTests {
    private static func with(
        _ plan: String = "",
        limit: Int = 1000,
        _ body: (DeadLetterStore, DaprClient) async throws -> Void
    ) async throws {
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.faults = try FaultPlan(parsing: plan)
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            let clock = Mutex<Int64>(1_767_323_045_000)
            let store = DeadLetterStore(
                dapr: dapr,
                store: "statestore",
                limit: limit,
                now: {
                    Timestamp(
                        clamping: clock.withLock { time in
                            time += 1
                            return time
                        }
                    )
                },
                watch: nil,
                logger: .silent,
                metrics: MetricsRegistry()
            )
            try await body(store, dapr)
        }
    }

    private static func event(
        _ id: String,
        source: String = "/billing",
        data: JSONValue = ["user_id": "demo"]
    ) -> CloudEvent {
        CloudEvent(
            id: id,
            source: source,
            type: "task.create",
            data: data,
            extensions: ["deadcode": "INVALID_FIELDS", "deadreason": "title (required)", "deadtime": "x"]
        )
    }

    private static func ids(_ store: DeadLetterStore) async throws -> [String] {
        try await store.letters(store.index().ids).map(\.event.id)
    }

    @Test func `an event is kept once, with how often it came`() async throws {
        try await Self.with { store, _ in
            try await store.keep([Self.event("1"), Self.event("2"), Self.event("1")], of: "task-commands")
            try await store.keep([Self.event("1")], of: "task-commands")
            #expect(try await Self.ids(store) == ["1", "2"])
            let letter = try await store.letter(try #require(try await store.index().ids.first))
            #expect(letter.arrivals == 3)
            #expect(letter.first < letter.last)
            #expect(letter.event == Self.event("1"))
            #expect(letter.json(isWhole: true)["event"]?["data"] == ["user_id": "demo"])
            #expect(letter.json(isWhole: false)["event"] == nil)
            // The same id of another source, or on another topic, is another event.
            try await store.keep([Self.event("1", source: "/other")], of: "task-commands")
            try await store.keep([Self.event("1")], of: "tasks")
            #expect(try await store.index().ids.count == 4)
        }
    }

    @Test func `when it is full the oldest goes, and a counter tells`() async throws {
        try await Self.with(limit: 5) { store, dapr in
            for number in 1...8 { try await store.keep([Self.event("\(number)")], of: "t") }
            #expect(try await Self.ids(store) == ["4", "5", "6", "7", "8"])
            #expect(try await store.index().dropped == 3)
            try await store.keep((1...20).map { Self.event("b\($0)") }, of: "t")
            #expect(try await Self.ids(store) == (16...20).map { "b\($0)" })
            #expect(try await store.index().dropped == 23)
            let gone = DeadLetter(Self.event("1"), of: "t", at: .epoch).id
            #expect(try await dapr.getState(DeadLetterStore.key(gone), in: "statestore") == nil)
            await #expect(throws: DeadLetterError.unknown(gone)) { try await store.letter(gone) }
        }
    }

    @Test(arguments: 1...10)
    func `index and documents agree, whatever is lost and however many write`(seed: Int) async throws {
        let plan =
            "seed \(seed)\nstate.transact attempt=1-9 chance=0.2 -> lose\nstate.transact attempt=1-9 chance=0.2 -> cut"
        try await Self.with(plan, limit: 12) { store, dapr in
            await withTaskGroup { group in
                for writer in 0..<4 {
                    group.addTask {
                        for number in 0..<6 {
                            // As the sidecar does: what is not kept comes again.
                            while await !store.keeps([Self.event("\(number).\(writer / 2)")], of: "t") {}
                        }
                    }
                }
            }
            let ids = try await store.index().ids
            #expect(Set(ids).count == 12)
            #expect(try await store.letters(ids).map(\.id) == ids)
            for id in ids.prefix(6) { while try await !Self.isRemoved(id, store) {} }
            #expect(try await store.index().ids == Array(ids.dropFirst(6)))
            #expect(try await dapr.getState(DeadLetterStore.key(ids[0]), in: "statestore") == nil)
        }
    }

    @Test func `a write over an index that changed since is refused, and done again`() async throws {
        try await Self.with("state.transact attempt=1 -> delay 100ms") { store, _ in
            async let slow: Void = store.keep([Self.event("slow")], of: "t")
            // Long enough for it to have read, short enough for it to wait still; either way both must be kept.
            try await Task.sleep(for: .milliseconds(30))
            try await store.keep([Self.event("fast")], of: "t")
            try await slow
            #expect(try await Self.ids(store) == ["fast", "slow"])
        }
    }

    private static func isRemoved(_ id: String, _ store: DeadLetterStore) async throws -> Bool {
        do throws(DeadLetterError) {
            return try await store.remove(id)
        } catch {
            guard error == .contended else { throw error }
            return false
        }
    }

    @Test func `what came again since is not removed`() async throws {
        try await Self.with { store, _ in
            try await store.keep([Self.event("1")], of: "t")
            let id = try #require(try await store.index().ids.first)
            try await store.keep([Self.event("1")], of: "t")
            #expect(try await store.remove(id, unlessCameAfter: 1) == false)
            #expect(try await store.index().ids == [id])
            #expect(try await store.remove(id, unlessCameAfter: 2))
            #expect(try await store.remove(id))
            #expect(try await store.index().ids.isEmpty)
        }
    }

    @Test func `an endless event is kept without its data, and not sent again`() async throws {
        try await Self.with { store, _ in
            let long = Self.event(
                String(repeating: "e\u{301}", count: 1 << 20),
                data: .string(String(repeating: "x", count: 1 << 20))
            )
            try await store.keep([long, Self.event("2")], of: "t")
            let id = try #require(try await store.index().ids.first)
            let letter = try await store.letter(id)
            #expect(letter.isCut)
            #expect(letter.event.encoded().count < 8192)
            #expect(letter.code == "INVALID_FIELDS")
            await #expect(throws: DeadLetterError.cut(id)) {
                try await DeadLetterRedrive(store, pubsub: "pubsub").redrive(id)
            }
            #expect(try await store.index().ids.count == 2)
        }
    }

    @Test(arguments: ["<", "\"", "\u{1}"])
    func `long events are kept whole with transactions that a sidecar takes, whatever they are made of`(
        text: String
    ) async throws {
        try await EmbeddedSidecar.with(EmbeddedSidecar.Configuration(appID: "a")) { sidecar in
            let transport = MeasuringTransport(sidecar.transport)
            let store = DeadLetterStore(
                dapr: DaprClient(transport: transport),
                store: "statestore",
                now: { .epoch },
                watch: nil,
                logger: .silent,
                metrics: MetricsRegistry()
            )
            // As long as an event can be that is kept whole.
            let one = JSONValue.string(text).serialized().count - 2
            let data = JSONValue.string(String(repeating: text, count: ((512 << 10) - 300) / one))
            let events = (0..<4).map { Self.event("\($0)", data: data) }
            try await store.keep(events, of: "task-commands")
            #expect(try await store.letters(store.index().ids).map(\.event) == events)
            #expect(transport.longest > 1 << 19)
            #expect(transport.longest < 4 << 20)
        }
    }

    @Test func `an event is sent again as it was before it was refused`() {
        var event = Self.event("1")
        event.topic = "task-commands-dead"
        event.pubsubname = "p"
        event.extensions["expiration"] = "2020-01-01T00:00:00Z"
        event.extensions["custom"] = 7
        let original = DeadLetterRedrive.original(of: event)
        #expect(original.extensions == ["custom": 7])
        #expect(original.topic == nil)
        #expect(original.data == event.data)
        #expect(original.id == "1")
    }

    @Test(arguments: [#"{"v":1}"#, #"{"v":2}"#, "7", #"{"dropped":0,"ids":[7],"v":1}"#])
    func `an index that is not ours is left alone`(text: String) async throws {
        try await Self.with { store, dapr in
            try await dapr.saveState([StateItem(DeadLetterStore.indexKey, json: Array(text.utf8))], in: "statestore")
            #expect(await store.keeps([Self.event("1")], of: "t") == false)
            #expect(try await dapr.getState(DeadLetterStore.indexKey, in: "statestore")?.value == Array(text.utf8))
        }
    }
}

/// Passes calls on, and knows the longest body of a transaction.
private final class MeasuringTransport: DaprTransport {
    private let inner: SidecarTransport
    private let state = Mutex(0)

    init(_ inner: SidecarTransport) { self.inner = inner }

    var longest: Int { state.withLock { $0 } }

    func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        if request.path.hasSuffix("/transaction") { state.withLock { $0 = max($0, request.body?.count ?? 0) } }
        return try await inner.send(request)
    }
}
