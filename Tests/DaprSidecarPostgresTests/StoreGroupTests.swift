import DaprSidecar
import DaprText
import Postgres
import TestTools
import Testing

@testable import DaprSidecarPostgres

@Suite struct StoreGroupTests {
    private static let now = WallTime(seconds: 1_700_000_000)

    /// A row of the model that a group is compared with.
    private struct Model {
        var rows: [String: (value: [UInt8], etag: String, isExpired: Bool)] = [:]

        /// One caller's changes, made one after another by the rules of daprd's PostgreSQL store; all or none.
        mutating func apply(_ operations: [StoreOperation], _ newUUID: () -> String) -> StoreError? {
            let before = rows
            for operation in operations {
                let visible = rows[operation.key].flatMap { $0.isExpired ? nil : $0 }
                switch operation {
                case .set(let set):
                    if let etag = set.etag, etag != visible?.etag {
                        rows = before
                        return .etagMismatch(detail: nil)
                    }
                    if set.etag == nil && set.isFirstWrite && visible != nil {
                        rows = before
                        return .firstWriteExists
                    }
                    rows[set.key] = (set.value, newUUID(), false)
                case .delete(let delete):
                    if let etag = delete.etag, etag != visible?.etag {
                        rows = before
                        return .etagMismatch(detail: nil)
                    }
                    rows[delete.key] = nil
                }
            }
            return nil
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a group comes to what its callers come to one after another`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<100 {
            var model = Model()
            for key in ["a", "b", "c", "d"] where random.below(3) > 0 {
                model.rows[key] = ([0], Self.uuid(random.below(1000)), random.below(4) == 0)
            }
            let start = model
            let writes = (0..<random.below(8) + 1).map { _ in Self.operations(&random, start) }
            var (ours, theirs) = (5000, 5000)
            let present = Dictionary(
                uniqueKeysWithValues: try start.rows.map { key, row in
                    (
                        ExactText(key),
                        StoreGroup.PresentRow(etag: try #require(PostgresUUID(row.etag)), isExpired: row.isExpired)
                    )
                }
            )
            let looked = StoreGroup.keysToLookAt(writes)
            let group = StoreGroup(writes, present: present.filter { looked.contains($0.key) }, now: Self.now) {
                ours += 1
                return Self.uuid(ours)
            }
            for (index, operations) in writes.enumerated() {
                let error = model.apply(operations) {
                    theirs += 1
                    return Self.uuid(theirs)
                }
                switch (group.results[index], error) {
                case (.success, nil): continue
                case (.failure(let ours), let theirs?): #expect(ours == theirs)
                default: Issue.record("seed \(seed): \(writes) \(group.results) at \(index)")
                }
            }
            let expected = model.rows.filter { !$0.value.isExpired }.mapValues { $0.value }
            #expect(Self.outcome(of: group, on: start) == expected, "seed \(seed): \(writes)")
        }
    }

    /// What the database holds after a group was written, as the statements would leave it.
    private static func outcome(of group: StoreGroup, on start: Model) -> [String: [UInt8]] {
        var rows = start.rows.mapValues { $0.value }
        for key in group.deletes { rows[key] = nil }
        for row in group.upserts { rows[row.key] = row.value }
        for row in group.inserts {
            let present = start.rows[row.key]
            #expect(present == nil || present?.isExpired == true, "\(row.key) must not be there")
            rows[row.key] = row.value
        }
        // What nobody wrote and has expired is as good as gone.
        let written = Set(group.deletes + group.upserts.map(\.key) + group.inserts.map(\.key))
        return rows.filter { written.contains($0.key) || start.rows[$0.key]?.isExpired != true }
    }

    private static func operations(_ random: inout SeededRandom, _ start: Model) -> [StoreOperation] {
        (0..<random.below(3) + 1).map { _ in
            let key = ["a", "b", "c", "d", "e"][random.below(5)]
            let etag: String? =
                switch random.below(4) {
                case 0: start.rows[key]?.etag ?? uuid(1)
                // One that an earlier change of the group may have made.
                case 1: uuid(5001 + random.below(4))
                default: nil
                }
            let value = [UInt8(random.below(250))]
            return random.below(4) == 0
                ? .delete(StoreDelete(key: key, etag: etag))
                : .set(StoreSet(key: key, value: value, etag: etag, isFirstWrite: random.below(2) == 0))
        }
    }

    private static func uuid(_ number: Int) -> String {
        let digits = String(number)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    @Test func `all rows are locked first unless all callers only write`() {
        let set = StoreOperation.set(StoreSet(key: "a", value: []))
        let delete = StoreOperation.delete(StoreDelete(key: "b"))
        let first = StoreOperation.set(StoreSet(key: "c", value: [], isFirstWrite: true))
        let stale = StoreOperation.delete(StoreDelete(key: "d", etag: "x"))
        func keys(_ writes: [[StoreOperation]]) -> Set<String> { Set(StoreGroup.keysToLookAt(writes).map(\.text)) }
        #expect(keys([[set], [set, set]]).isEmpty)
        #expect(keys([[delete]]).isEmpty)
        #expect(keys([[set], [delete]]) == ["a", "b"])
        #expect(keys([[first]]) == ["c"])
        #expect(keys([[set, set], [first]]) == ["a", "c"])
        #expect(keys([[stale]]) == ["d"])
    }

    @Test func `rows are written in the order of their bytes, whoever asks first`() {
        let writes = ["b", "a", "\u{E9}", "Z", "z"].map { [StoreOperation.set(StoreSet(key: $0, value: []))] }
        let group = StoreGroup(writes, present: [:], now: Self.now, newUUID: Surroundings.randomUUID)
        #expect(group.upserts.map(\.key) == ["Z", "a", "b", "z", "\u{E9}"])
    }

    @Test func `a text that is no UUID is a version of no row`() {
        let write = [StoreOperation.set(StoreSet(key: "k", value: [], etag: "7"))]
        let group = StoreGroup([write], present: [:], now: Self.now, newUUID: Surroundings.randomUUID)
        guard case .failure(.etagMismatch(let detail?)) = group.results.first else {
            Issue.record("\(group.results)")
            return
        }
        #expect(detail.contains("no UUID"))
        #expect(group.upserts.isEmpty && group.inserts.isEmpty && group.deletes.isEmpty)
    }
}
