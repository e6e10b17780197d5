import DaprJSON
import Testing

@testable import DaprSidecar

/// A mark that combines with what stands before it makes another Character of it, and must not hide it.
struct CombiningMarkTests {
    private static let files = ["store.yaml": component("store", "state.in-memory")]

    @Test(arguments: ["\u{301}k", "\u{93F}x", "\u{200D}", "k\u{FE0F}"])
    func `a bulk read answers the key that was asked for`(key: String) async throws {
        try await withSidecar(Self.files) { sidecar in
            let item: JSONValue = ["key": .string(key), "value": 1]
            try await sidecar.saveState("store", body: JSONValue.array([item]).serialized(), metadata: [:])
            let keys: JSONValue = ["keys": [.string(key)]]
            let answer = try await sidecar.bulkGetState("store", body: keys.serialized(), metadata: [:])
            let found = try #require(JSONValue(parsing: answer)[0]?["key"]?.stringValue)
            #expect(found.utf8.elementsEqual(key.utf8))
        }
    }

    @Test(arguments: ["a||\u{301}b", "||\u{301}", "\u{301}||", "|||", "a||"])
    func `a key with the separator is refused, whatever stands behind it`(key: String) async throws {
        try await withSidecar(Self.files) { sidecar in
            let item: JSONValue = ["key": .string(key), "value": 1]
            let error = await #expect(throws: APIError.self) {
                try await sidecar.saveState("store", body: JSONValue.array([item]).serialized(), metadata: [:])
            }
            #expect(error?.status == 400)
        }
    }

    @Test func `one bar, or two with a mark between them, are no separator`() async throws {
        try await withSidecar(Self.files) { sidecar in
            for key in ["a|b", "a|\u{301}|b"] {
                let item: JSONValue = ["key": .string(key), "value": 1]
                try await sidecar.saveState("store", body: JSONValue.array([item]).serialized(), metadata: [:])
                let found = try await sidecar.value(key)
                #expect(found == "1")
            }
        }
    }

    @Test func `a topic with a wildcard takes what begins with its bytes, and a topic only its own`() async throws {
        let broker = InMemoryBroker()
        let (wild, exact) = (MessageQueue(), MessageQueue())
        broker.subscribe("a/*", wild)
        broker.subscribe("e\u{301}", exact)
        try await broker.publish(BrokerMessage(topic: "a/\u{301}b", data: [1]))
        try await broker.publish(BrokerMessage(topic: "\u{E9}", data: [2]))
        try await broker.publish(BrokerMessage(topic: "e\u{301}", data: [3]))
        #expect(await wild.next()?.data == [1])
        #expect(await exact.next()?.data == [3])
    }
}
