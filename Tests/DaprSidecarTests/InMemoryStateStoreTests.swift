import DaprSidecar
import TestSupport
import Testing

@Suite struct InMemoryStateStoreTests {
    @Test(arguments: StateStoreContract.allCases)
    func `the store in memory keeps the contract`(clause: StateStoreContract) async throws {
        let clock = TestWallClock()
        try await clause.check(InMemoryStateStore(surroundings: clock.surroundings), clock: clock)
    }

    @Test func `a key that is asked for twice is answered twice`() async throws {
        let store = InMemoryStateStore()
        try await store.apply([.set(StoreSet(key: "b0", value: [0x31]))])
        #expect(try await store.bulkGet(["b0", "b0"]).count == 2)
    }

    @Test func `versions in a transaction are compared with what was there before it`() async throws {
        let store = InMemoryStateStore()
        try await store.apply([.set(StoreSet(key: "k", value: [0x31]))])
        let etag = try #require(try await store.get("k")?.etag)
        try await store.apply([
            .set(StoreSet(key: "k", value: [0x32], etag: etag)), .set(StoreSet(key: "k", value: [0x33], etag: etag)),
        ])
        #expect(try await store.get("k")?.value == [0x33])
    }

    @Test func `removing with first-write and no version is refused when the key exists`() async throws {
        let store = InMemoryStateStore()
        try await store.apply([.set(StoreSet(key: "k", value: [0x31]))])
        await #expect(throws: StoreError.etagMismatch(detail: "item already exists and no etag was passed")) {
            try await store.apply([.delete(StoreDelete(key: "k", isFirstWrite: true))])
        }
    }

    @Test func `expired values do not pile up`() async throws {
        let clock = TestWallClock()
        let store = InMemoryStateStore(surroundings: clock.surroundings)
        for number in 0..<100 { try await store.apply([.set(StoreSet(key: "k\(number)", value: [], ttlSeconds: 1))]) }
        clock.advance(seconds: 2)
        try await store.apply([.set(StoreSet(key: "new", value: []))])
        #expect(store.count == 1)
    }
}
