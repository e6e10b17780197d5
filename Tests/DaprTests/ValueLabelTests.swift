import Dapr
import DaprJSON
import TestSupport
import Testing

/// What a value is called when it goes out: `json:` for bytes, `value:` for JSON, `encoding:` for any type.
struct ValueLabelTests {
    private struct Order: Codable, Sendable, Equatable {
        var drink: String
    }

    /// What cannot be JSON.
    private struct Endless: Encodable {
        var number = Double.infinity
    }

    private let tea = Order(drink: "tea")
    private let text = #"{"drink":"tea"}"#
    private let actor = ActorReference(type: "pot", id: "1")

    @Test func `a list of numbers is a list, and bytes are what says so`() throws {
        let list = StateItem("k", value: [1, 2, 3])
        #expect(list.json == Array("[1,2,3]".utf8))
        #expect(StateItem("k", json: [0x31]).json == Array("1".utf8))
        #expect(try StateItem("k", encoding: [1, 2, 3]) == list)
        #expect(Job(dueTime: "0s", value: [1, 2]).json == Array("[1,2]".utf8))
        #expect(ActorSchedule(value: [1, 2]).json == Array("[1,2]".utf8))
        #expect(ActorStateOperation.upsert("k", value: [1, 2]) == .upsert("k", json: Array("[1,2]".utf8)))
        #expect(BulkPublishEntry(entryID: "1", value: [1, 2]).event == Array("[1,2]".utf8))
    }

    @Test func `an item has all its conditions however its value is given`() throws {
        let json = StateItem(
            "k",
            json: Array("1".utf8),
            etag: "7",
            concurrency: .firstWrite,
            consistency: .strong,
            ttl: .seconds(1),
            metadata: ["a": "b"]
        )
        let value = StateItem(
            "k",
            value: 1,
            etag: "7",
            concurrency: .firstWrite,
            consistency: .strong,
            ttl: .seconds(1),
            metadata: ["a": "b"]
        )
        let encoded = try StateItem(
            "k",
            encoding: 1,
            etag: "7",
            concurrency: .firstWrite,
            consistency: .strong,
            ttl: .seconds(1),
            metadata: ["a": "b"]
        )
        #expect(json == value)
        #expect(json == encoded)
    }

    @Test func `every call that takes a value sends the same for each way of giving it`() async throws {
        let stub = StubTransport { _ in .status(204) }
        let dapr = DaprClient(transport: stub)
        let json = Array(text.utf8)
        try await dapr.publishEvent(json: json, to: "t", in: "p")
        try await dapr.publishEvent(value: ["drink": "tea"], to: "t", in: "p")
        try await dapr.publishEvent(encoding: tea, to: "t", in: "p")
        _ = try await dapr.invokeMethod("m", of: "a", json: json)
        _ = try await dapr.invokeMethod("m", of: "a", value: ["drink": "tea"])
        _ = try await dapr.invokeMethod("m", of: "a", encoding: tea)
        _ = try await dapr.invokeActor(actor, method: "m", json: json)
        _ = try await dapr.invokeActor(actor, method: "m", value: ["drink": "tea"])
        _ = try await dapr.invokeActor(actor, method: "m", encoding: tea)
        for request in stub.requests {
            #expect(request.method == "POST")
            #expect(request.bodyText == text)
            #expect(request.header("content-type") == "application/json")
        }
        #expect(stub.requests.count == 9)
        #expect(Set(stub.requests.map(\.path)).count == 3)
    }

    @Test func `a binding's data, a job's and a reminder's are encoded`() async throws {
        let stub = StubTransport { _ in .status(204) }
        let dapr = DaprClient(transport: stub)
        _ = try await dapr.invokeBinding("b", operation: .create, encoding: tea)
        try await dapr.scheduleJob("j", Job(dueTime: "0s", encoding: tea))
        try await dapr.registerActorReminder("r", of: actor, ActorSchedule(encoding: tea))
        try await dapr.transactActorState([.upsert("k", encoding: tea)], of: actor)
        _ = try await dapr.publishEvents([BulkPublishEntry(entryID: "1", encoding: tea)], to: "t", in: "p")
        #expect(stub.requests.count == 5)
        for request in stub.requests { #expect(request.bodyText.contains(text), "\(request.path)") }
    }

    @Test func `bytes of no known kind go out as such`() async throws {
        let stub = StubTransport { _ in .status(204) }
        let dapr = DaprClient(transport: stub)
        try await dapr.publishEvent(bytes: [0xFF], to: "t", in: "p")
        _ = try await dapr.invokeMethod("m", of: "a", httpMethod: "PUT", body: [0xFF])
        _ = try await dapr.invokeActor(actor, method: "m", body: [0xFF])
        #expect(
            stub.requests.map { $0.header("content-type") } == Array(repeating: "application/octet-stream", count: 3)
        )
    }

    @Test func `a value that cannot be JSON is refused before anything is sent`() async throws {
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub)
        let actor = actor
        let calls: [() async throws -> Void] = [
            { try await dapr.publishEvent(encoding: Endless(), to: "t", in: "p") },
            { _ = try await dapr.invokeMethod("m", of: "a", encoding: Endless()) },
            { _ = try await dapr.invokeActor(actor, method: "m", encoding: Endless()) },
            { _ = try await dapr.invokeBinding("b", operation: .create, encoding: Endless()) },
        ]
        for call in calls {
            let error = try await #require(throws: DaprError.self) { try await call() }
            #expect(error.kind == .invalidArgument)
            #expect(!error.outcomeUnknown)
        }
        #expect(stub.requests.isEmpty)
        #expect(throws: EncodingError.self) { try StateItem("k", encoding: Endless()) }
    }

    @Test func `an answer is decoded, and read as JSON`() throws {
        let answer = DaprResponse(status: 200, body: Array(text.utf8))
        #expect(try answer.decoded(Order.self) == tea)
        #expect(try answer.jsonValue() == ["drink": "tea"])
        #expect(throws: JSONError.self) { try DaprResponse(status: 200, body: [0x7B]).jsonValue() }
    }

    @Test func `an event has data of a type of the caller's`() throws {
        let time = DaprTimestamp(millisecondsSince1970: 0)
        let event = try CloudEvent(id: "1", source: "s", type: "t", time: time, encoding: tea)
        #expect(event.time == "1970-01-01T00:00:00Z")
        #expect(try event.decodedData(Order.self) == tea)
        #expect(event.datacontenttype == "application/json")
    }

    @Test func `a bulk read answers entry by entry, also for a key that is given twice`() async throws {
        let stub = StubTransport(.json(200, #"[{"key":"b","data":2,"etag":"1"},{"key":"a"}]"#))
        let results = try await DaprClient(transport: stub)
            .getBulkState(each: ["a", "b", "a"], in: "s", parallelism: 2, metadata: ["x": "y"])
        #expect(results == [.missing, .found(StateEntry(value: [0x32], etag: "1")), .missing])
        #expect(stub.requests.first?.bodyText == #"{"keys":["a","b"],"parallelism":2,"metadata":{"x":"y"}}"#)
    }
}
