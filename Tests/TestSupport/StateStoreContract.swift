package import DaprSidecar
import Synchronization

/// What every state store must do, whatever is behind it.
///
/// Each clause is checked against a store of its own that is empty and was opened with the clock's surroundings.
package enum StateStoreContract: String, CaseIterable, Sendable {
    case aMissingKeyReadsAsNil
    case aValueReadsBackByteForByte
    case everyWriteMakesANewETag
    case aFittingETagIsAccepted
    case aStaleETagIsRefused
    case anETagForAMissingKeyIsRefused
    case aForeignETagIsRefused
    case firstWriteCreatesAMissingKey
    case firstWriteRefusesAnExistingKey
    case aDeletedKeyReadsAsNil
    case deletingAMissingKeySucceeds
    case deletingWithAStaleETagIsRefused
    case deletingAMissingKeyWithAnETagIsRefused
    case aTransactionIsWhole
    case aRefusedTransactionLeavesNothing
    case aTransactionAppliesInOrder
    case aBulkReadFindsAndMisses
    case anExpiredValueIsGone
    case anExpiredValueFitsNoETag
    case firstWriteReplacesAnExpiredValue
    case aWriteWithoutTTLTakesTheLimitAway
    case oddKeysAreKeys
    case keysAreComparedByTheirBytes
    case aKeyWithNULIsAKeyOrRefused
    case manyWritersOfOneKeyLoseNothing

    /// Checks this clause.
    package func check(_ store: any StateStore, clock: TestWallClock) async throws {
        switch self {
        case .aMissingKeyReadsAsNil: try expect(try await store.get("k") == nil)
        case .aValueReadsBackByteForByte:
            for (key, text) in [
                ("a", #"{"a":[1,2.5,true,null,"x"]}"#), ("b", "null"), ("c", #""\u2603 ☃""#), ("d", ""),
            ] {
                try await store.set(key, text)
                try expect(try await store.get(key)?.value == Array(text.utf8), text)
            }
        case .everyWriteMakesANewETag:
            let first = try await store.set("k", "1")
            try expect(first != (try await store.set("k", "1")))
        case .aFittingETagIsAccepted:
            let etag = try await store.set("k", "1")
            try await store.apply([.set(StoreSet(key: "k", value: [0x32], etag: etag, isFirstWrite: true))])
            try expect(try await store.get("k")?.value == [0x32])
        case .aStaleETagIsRefused:
            let stale = try await store.set("k", "1")
            try await store.set("k", "2")
            try await store.expectMismatch([.set(StoreSet(key: "k", value: [0x33], etag: stale))])
            try expect(try await store.get("k")?.value == [0x32])
        case .anETagForAMissingKeyIsRefused:
            let other = try await store.set("other", "1")
            try await store.expectMismatch([.set(StoreSet(key: "k", value: [0x31], etag: other))])
            try expect(try await store.get("k") == nil)
        case .aForeignETagIsRefused:
            try await store.set("k", "1")
            try await store.expectMismatch([.set(StoreSet(key: "k", value: [0x32], etag: "not-a-number"))])
        case .firstWriteCreatesAMissingKey:
            try await store.apply([.set(StoreSet(key: "k", value: [0x31], isFirstWrite: true))])
            try expect(try await store.get("k")?.value == [0x31])
        case .firstWriteRefusesAnExistingKey:
            try await store.set("k", "1")
            try await store.expectMismatch([.set(StoreSet(key: "k", value: [0x32], isFirstWrite: true))])
            try expect(try await store.get("k")?.value == [0x31])
        case .aDeletedKeyReadsAsNil:
            let etag = try await store.set("k", "1")
            try await store.apply([.delete(StoreDelete(key: "k", etag: etag))])
            try expect(try await store.get("k") == nil)
        case .deletingAMissingKeySucceeds: try await store.apply([.delete(StoreDelete(key: "k"))])
        case .deletingWithAStaleETagIsRefused:
            let stale = try await store.set("k", "1")
            try await store.set("k", "2")
            try await store.expectMismatch([.delete(StoreDelete(key: "k", etag: stale))])
            try expect(try await store.get("k")?.value == [0x32])
        case .deletingAMissingKeyWithAnETagIsRefused:
            try await store.expectMismatch([.delete(StoreDelete(key: "k", etag: "zzz"))])
        case .aTransactionIsWhole: try await checkWholeTransaction(store)
        case .aRefusedTransactionLeavesNothing: try await checkRefusedTransaction(store)
        case .aTransactionAppliesInOrder:
            try await store.apply([.set(StoreSet(key: "k", value: [0x31])), .set(StoreSet(key: "k", value: [0x32]))])
            try expect(try await store.get("k")?.value == [0x32])
            try await store.apply([.set(StoreSet(key: "k", value: [0x33])), .delete(StoreDelete(key: "k"))])
            try expect(try await store.get("k") == nil)
        case .aBulkReadFindsAndMisses:
            try await store.set("a", "1")
            try await store.set("b", "2")
            let rows = try await store.bulkGet(["b", "nope", "a"])
            try expect(Set(rows.map(\.shape)) == ["a=1", "b=2", "nope"])
            try expect(try await store.bulkGet([]).isEmpty)
        case .anExpiredValueIsGone: try await checkExpiry(store, clock)
        case .anExpiredValueFitsNoETag:
            try await store.apply([.set(StoreSet(key: "k", value: [0x31], ttlSeconds: 2))])
            let etag = try await store.get("k")?.etag
            clock.advance(seconds: 3)
            try await store.expectMismatch([.set(StoreSet(key: "k", value: [0x32], etag: etag))])
            try await store.expectMismatch([.delete(StoreDelete(key: "k", etag: etag))])
        case .firstWriteReplacesAnExpiredValue:
            try await store.apply([.set(StoreSet(key: "k", value: [0x31], ttlSeconds: 2))])
            clock.advance(seconds: 3)
            try await store.apply([.set(StoreSet(key: "k", value: [0x32], isFirstWrite: true))])
            let found = try await store.get("k")
            try expect(found?.value == [0x32] && found?.expires == nil)
        case .aWriteWithoutTTLTakesTheLimitAway:
            for ttl in [nil, 0, -1] {
                try await store.apply([.set(StoreSet(key: "k", value: [0x31], ttlSeconds: 2))])
                try await store.apply([.set(StoreSet(key: "k", value: [0x32], ttlSeconds: ttl))])
                clock.advance(seconds: 5)
                try expect(try await store.get("k")?.value == [0x32], "ttl \(String(describing: ttl))")
            }
        case .oddKeysAreKeys:
            let keys = ["", " ", "with/slash", "ключ", "o'brien", "%_", "k\u{301}", "\u{1F30D}"]
            for key in keys { try await store.set(key, "\"\(key.utf8.count)\"") }
            for key in keys { try expect(try await store.get(key)?.value == Array("\"\(key.utf8.count)\"".utf8), key) }
        case .keysAreComparedByTheirBytes:
            // Unicode calls these two equivalent, and so does Swift.
            try await store.apply([
                .set(StoreSet(key: "\u{E9}", value: [0x31])), .set(StoreSet(key: "e\u{301}", value: [0x32])),
            ])
            try expect(try await store.get("\u{E9}")?.value == [0x31])
            try expect(try await store.get("e\u{301}")?.value == [0x32])
            try expect(try await store.bulkGet(["\u{E9}", "e\u{301}"]).count == 2)
            try await store.apply([.delete(StoreDelete(key: "e\u{301}"))])
            try expect(try await store.get("\u{E9}") != nil)
        case .aKeyWithNULIsAKeyOrRefused:
            try await store.set("a", "1")
            var refusal: StoreError?
            do throws(StoreError) {
                try await store.apply([.set(StoreSet(key: "a\u{0}b", value: [0x32]))])
            } catch {
                refusal = error
            }
            switch refusal {
            case nil: try expect(try await store.get("a\u{0}b")?.value == [0x32])
            case .unavailable(_, outcomeUnknown: false): try expect(try await store.get("a\u{0}b") == nil)
            case let refusal?: throw ContractViolation(clause: rawValue, detail: "\(refusal)")
            }
            try expect(try await store.get("a")?.value == [0x31])
        case .manyWritersOfOneKeyLoseNothing: try await checkManyWriters(store)
        }
    }

    private func checkWholeTransaction(_ store: any StateStore) async throws {
        try await store.set("old", "1")
        let etag = try await store.set("kept", "1")
        try await store.apply([
            .set(StoreSet(key: "a", value: [0x31])), .set(StoreSet(key: "kept", value: [0x32], etag: etag)),
            .delete(StoreDelete(key: "old")), .set(StoreSet(key: "new", value: [0x33], isFirstWrite: true)),
        ])
        let rows = try await store.bulkGet(["a", "kept", "old", "new"])
        try expect(Set(rows.map(\.shape)) == ["a=1", "kept=2", "old", "new=3"])
    }

    private func checkRefusedTransaction(_ store: any StateStore) async throws {
        let stale = try await store.set("t1", "1")
        try await store.set("t1", "2")
        try await store.set("t2", "1")
        let refusals: [StoreOperation] = [
            .set(StoreSet(key: "t1", value: [0x39], etag: stale)), .delete(StoreDelete(key: "t1", etag: stale)),
            .set(StoreSet(key: "t1", value: [0x39], isFirstWrite: true)),
            .delete(StoreDelete(key: "none", etag: stale)),
        ]
        for refusal in refusals {
            try await store.expectMismatch([
                .set(StoreSet(key: "t2", value: [0x39])), refusal, .set(StoreSet(key: "t3", value: [0x39])),
            ])
            let rows = try await store.bulkGet(["t1", "t2", "t3"])
            try expect(Set(rows.map(\.shape)) == ["t1=2", "t2=1", "t3"], "\(refusal)")
        }
    }

    private func checkExpiry(_ store: any StateStore, _ clock: TestWallClock) async throws {
        let end = clock.now().adding(seconds: 10)
        try await store.apply([.set(StoreSet(key: "k", value: [0x31], ttlSeconds: 10))])
        try expect(try await store.get("k")?.expires == end)
        clock.advance(seconds: 9)
        try expect(try await store.get("k") != nil)
        clock.advance(seconds: 1)
        try expect(try await store.get("k") == nil)
        try expect(try await store.bulkGet(["k"]) == [.missing(key: "k")])
    }

    /// Counts up by read and conditional write from many tasks: each success counts once.
    private func checkManyWriters(_ store: any StateStore) async throws {
        try await store.set("n", "0")
        let (writers, rounds) = (8, 25)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<writers {
                group.addTask {
                    for _ in 0..<rounds {
                        while true {
                            guard let found = try await store.get("n"),
                                let number = Int(String(decoding: found.value, as: UTF8.self))
                            else { throw ContractViolation(clause: rawValue, detail: "the counter is gone") }
                            let next = Array("\(number + 1)".utf8)
                            do throws(StoreError) {
                                try await store.apply([.set(StoreSet(key: "n", value: next, etag: found.etag))])
                                break
                            } catch .etagMismatch {
                                continue
                            } catch {
                                throw ContractViolation(clause: rawValue, detail: "\(error)")
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try expect(try await store.get("n")?.value == Array("\(writers * rounds)".utf8))
    }

    private func expect(_ holds: Bool, _ detail: String = "", line: Int = #line) throws {
        if !holds { throw ContractViolation(clause: rawValue, detail: "line \(line) \(detail)") }
    }
}

/// A clause that a store does not keep.
package struct ContractViolation: Error, CustomStringConvertible {
    let clause: String
    let detail: String

    package var description: String { "\(clause): \(detail)" }
}

/// A wall clock that a test moves, with surroundings that tell its time.
package final class TestWallClock: Sendable {
    private let time: Mutex<WallTime>

    /// Creates a clock that stands.
    package init(_ start: WallTime = WallTime(seconds: 1_767_323_045)) { time = Mutex(start) }

    /// The time.
    package func now() -> WallTime { time.withLock { $0 } }

    /// Moves the clock on.
    package func advance(seconds: Int) { time.withLock { $0 = $0.adding(seconds: seconds) } }

    /// Surroundings with this clock; waiting is not.
    package var surroundings: Surroundings { Surroundings(now: { self.now() }) }
}

extension StateStore {
    /// Writes a value and gives its version.
    @discardableResult
    fileprivate func set(_ key: String, _ text: String) async throws -> String? {
        try await apply([.set(StoreSet(key: key, value: Array(text.utf8)))])
        return try await get(key)?.etag
    }

    fileprivate func expectMismatch(_ operations: [StoreOperation]) async throws {
        do throws(StoreError) {
            try await apply(operations)
        } catch .etagMismatch {
            return
        } catch .firstWriteExists {
            // The same refusal in PostgreSQL's words.
            return
        } catch {
            throw ContractViolation(clause: "expected a mismatch", detail: "\(error)")
        }
        throw ContractViolation(clause: "expected a mismatch", detail: "nothing was refused: \(operations)")
    }
}

extension BulkGetRow {
    /// `key=value`, or the key alone when it is missing.
    fileprivate var shape: String {
        switch self {
        case .found(let key, let value): "\(key)=\(String(decoding: value.value, as: UTF8.self))"
        case .missing(let key): key
        case .nameless: "(nameless)"
        case .failed(let key, let error): "\(key): \(error)"
        }
    }
}
