import DaprSidecar
import DaprSidecarPostgres
import Foundation
import Postgres
import TestSupport
import Testing

/// What callers that go to the database together do to each other: nothing.
@Suite(.privatePostgres) struct ManyCallersTests {
    @Test func `each is whole, and one that is refused takes no other with it`() async throws {
        let options = try freshOptions("many_")
        let store = try await PostgresStateStore.open(options)
        try await store.apply([.set(StoreSet(key: "taken", value: [0x30]))])
        let refused = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<400 {
                group.addTask {
                    // Every fourth is refused at its last operation and must leave nothing of its first.
                    let last = number % 4 == 0 ? "taken" : "b\(number)"
                    return await store.error([
                        .set(StoreSet(key: "a\(number)", value: [0x31])),
                        .set(StoreSet(key: last, value: [0x32], isFirstWrite: true)),
                    ]) == .firstWriteExists
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(refused == 100)
        let server = try Server()
        #expect(try server.text("SELECT count(*)::text FROM many_state WHERE key LIKE 'a%'") == "300")
        #expect(try server.text("SELECT count(*)::text FROM many_state WHERE key LIKE 'b%'") == "300")
        #expect(try server.text("SELECT convert_from(value, 'UTF8') FROM many_state WHERE key = 'taken'") == "0")
        await store.close()
    }

    @Test func `a write that the server refuses fails alone`() async throws {
        let store = try await PostgresStateStore.open(freshOptions())
        // An index takes no key of this length.
        var random = SystemRandomNumberGenerator()
        let long = (0..<2000).map { _ in String(random.next(), radix: 36) }.joined()
        let errors = await withTaskGroup(of: (Int, StoreError?).self) { group in
            for number in 0..<100 {
                group.addTask {
                    let key = number % 50 == 7 ? "\(number)\(long)" : "key \(number)"
                    return (number, await store.error([.set(StoreSet(key: key, value: [0x31]))]))
                }
            }
            return await group.reduce(into: [Int: StoreError]()) { $0[$1.0] = $1.1 }
        }
        #expect(Set(errors.keys) == [7, 57])
        for error in errors.values {
            guard case .unavailable(let detail, outcomeUnknown: false) = error else {
                Issue.record("\(error)")
                continue
            }
            #expect(detail.contains("54000"), "\(detail)")
        }
        #expect(try await store.bulkGet((0..<100).map { "key \($0)" }).count { $0.isFound } == 98)
        await store.close()
    }

    @Test func `keys of one group that are written twice, written and removed, or only removed end as the last says`()
        async throws
    {
        let store = try await PostgresStateStore.open(freshOptions())
        try await store.apply([.set(StoreSet(key: "old", value: [0x30]))])
        for round in 0..<20 {
            // All of a round are in flight at once, in an order that nobody knows; each leaves a pair that is equal.
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<30 {
                    group.addTask {
                        let value = Array("\(round) \(number)".utf8)
                        let operations: [StoreOperation] =
                            number % 3 == 0
                            ? [.delete(StoreDelete(key: "x")), .delete(StoreDelete(key: "y"))]
                            : [.set(StoreSet(key: "x", value: value)), .set(StoreSet(key: "y", value: value))]
                        #expect(await store.error(operations) == nil)
                    }
                }
            }
            let x = try await store.get("x")?.value
            #expect(try await store.get("y")?.value == x)
        }
        await store.close()
    }

    @Test func `two sidecars that count up together lose nothing`() async throws {
        let options = try freshOptions()
        let stores = [try await PostgresStateStore.open(options), try await PostgresStateStore.open(options)]
        try await stores[0].apply([.set(StoreSet(key: "n", value: [0x30]))])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    let store = stores[writer % 2]
                    var done = 0
                    while done < 20 {
                        let found = try #require(try await store.get("n"))
                        let number = try #require(Int(String(decoding: found.value, as: UTF8.self)))
                        let next = StoreSet(key: "n", value: Array("\(number + 1)".utf8), etag: found.etag)
                        let record = StoreSet(key: "log-\(number + 1)", value: [0x31], isFirstWrite: true)
                        switch await store.error([.set(next), .set(record)]) {
                        case nil: done += 1
                        case .etagMismatch: continue
                        case let error?: throw error
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await stores[1].get("n")?.value == Array("160".utf8))
        #expect(try await stores[1].bulkGet((1...160).map { "log-\($0)" }).allSatisfy { $0.isFound })
        for store in stores { await store.close() }
    }

    @Test func `of two sidecars that create a key one succeeds, and the other's transaction leaves nothing`()
        async throws
    {
        let options = try freshOptions("create_")
        let stores = [try await PostgresStateStore.open(options), try await PostgresStateStore.open(options)]
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    async let first = stores[0].error(Self.creation(number, "one"))
                    async let second = stores[1].error(Self.creation(number, "two"))
                    let errors = [await first, await second]
                    #expect(errors.count { $0 == nil } == 1, "\(number): \(errors)")
                    #expect(errors.contains(.firstWriteExists), "\(number): \(errors)")
                }
            }
        }
        let server = try Server()
        #expect(try server.text("SELECT count(*)::text FROM create_state") == "400")
        #expect(
            try server.text(
                "SELECT count(*)::text FROM create_state a JOIN create_state b ON b.key = a.key || '-' || convert_from(a.value, 'UTF8')"
            ) == "200"
        )
        for store in stores { await store.close() }
    }

    /// The key, and another whose name says who made it.
    private static func creation(_ number: Int, _ who: String) -> [StoreOperation] {
        [
            .set(StoreSet(key: "k\(number)", value: Array(who.utf8), isFirstWrite: true)),
            .set(StoreSet(key: "k\(number)-\(who)", value: [0x31])),
        ]
    }

    @Test func `two sidecars that lock the same rows in different orders both come through`() async throws {
        let options = try freshOptions()
        let stores = [try await PostgresStateStore.open(options), try await PostgresStateStore.open(options)]
        for key in ["a", "b"] { try await stores[0].apply([.set(StoreSet(key: key, value: [0x30]))]) }
        for round in 0..<3 {
            let (a, b) = (try await stores[0].get("a"), try await stores[0].get("b"))
            // One locks a to look at it and then writes b; the other the other way round.
            async let first = stores[0].error([
                .set(StoreSet(key: "a", value: [0x31], etag: a?.etag)), .set(StoreSet(key: "b", value: [0x31])),
            ])
            async let second = stores[1].error([
                .set(StoreSet(key: "b", value: [0x32], etag: b?.etag)), .set(StoreSet(key: "a", value: [0x32])),
            ])
            let errors = [await first, await second]
            #expect(errors.allSatisfy { $0 == nil || $0 == .etagMismatch(detail: nil) }, "\(round): \(errors)")
            #expect(errors.contains { $0 == nil })
            #expect(try await stores[0].get("a")?.value == stores[0].get("b")?.value)
        }
        for store in stores { await store.close() }
    }

    @Test func `values of megabytes from many at once are cut into several transactions`() async throws {
        let store = try await PostgresStateStore.open(freshOptions())
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    let value = [UInt8](repeating: UInt8(number), count: 3_000_000)
                    #expect(await store.error([.set(StoreSet(key: "\(number)", value: value))]) == nil)
                }
            }
        }
        for number in 0..<12 {
            let value = try await store.get("\(number)")?.value
            #expect(value?.count == 3_000_000 && value?.allSatisfy { $0 == UInt8(number) } == true)
        }
        await store.close()
    }
}

extension StateStore {
    /// What is wrong with changes; `nil` when they were made.
    func error(_ operations: [StoreOperation]) async -> StoreError? {
        do throws(StoreError) {
            try await apply(operations)
            return nil
        } catch {
            return error
        }
    }
}

extension BulkGetRow {
    fileprivate var isFound: Bool { if case .found = self { true } else { false } }
}
