import DaprText
internal import Postgres
internal import Sidecar

/// What many callers' changes come to when they are made one after another: the decision behind one group commit.
///
/// It is a value: what the database holds goes in, what must be written comes out. Each caller's changes are all in it, or none are.
struct StoreGroup {
    /// A row as the database holds it, also one that has expired.
    struct PresentRow: Equatable {
        var etag: PostgresUUID
        var isExpired: Bool
    }

    /// A row to write.
    struct Row: Equatable {
        var key: String
        var value: [UInt8]
        var etag: PostgresUUID
        var expires: WallTime?
    }

    /// One result for each caller.
    private(set) var results: [Result<Void, StoreError>] = []
    /// What has become of each key so far.
    private var fates: [ExactText: Fate] = [:]

    private let present: [ExactText: PresentRow]
    private let now: WallTime
    private let newUUID: () -> String

    private struct Fate {
        /// The row to write; `nil` when the key is to be removed.
        var row: Row?
        /// Whether what was decided is right only as long as nobody else makes the row.
        var reliesOnAbsence: Bool
    }

    /// The keys that must be looked at, and kept from others, before anything is done.
    ///
    /// None when all only write, or there is one change without a condition. Otherwise all keys are: whoever locks all its rows in one
    /// order waits for nobody who waits for it.
    static func keysToLookAt(_ writes: [[StoreOperation]]) -> Set<ExactText> {
        let operations = writes.lazy.joined()
        let isSimple = operations.allSatisfy(\.isPlainSet)
        if isSimple || operations.count == 1 && operations.first?.isConditional == false { return [] }
        return Set(operations.map { ExactText($0.key) })
    }

    /// Decides each caller's changes in order.
    ///
    /// - Parameters:
    ///   - writes: The changes of each caller.
    ///   - present: The rows that were found for ``keysToLookAt(_:)``.
    ///   - now: The time by which a row expires.
    ///   - newUUID: Makes a version.
    init(
        _ writes: [[StoreOperation]],
        present: [ExactText: PresentRow],
        now: WallTime,
        newUUID: @escaping () -> String
    ) {
        self.present = present
        self.now = now
        self.newUUID = newUUID
        results.reserveCapacity(writes.count)
        for operations in writes {
            var before: [(key: ExactText, fate: Fate?)] = []
            do throws(StoreError) {
                for operation in operations {
                    let key = ExactText(operation.key)
                    before.append((key, fates[key]))
                    try apply(operation)
                }
                results.append(.success(()))
            } catch {
                for (key, fate) in before.reversed() { fates[key] = fate }
                results.append(.failure(error))
            }
        }
    }

    /// The rows to write over whatever is there, by key: all that write so lock rows in one order.
    var upserts: [Row] { rows { !$0.reliesOnAbsence } }

    /// The rows that must not be there, or must have expired, by key.
    var inserts: [Row] { rows { $0.reliesOnAbsence } }

    /// The keys to remove, in order.
    ///
    /// What was made and removed within the group was never there.
    var deletes: [String] {
        fates.filter { $0.value.row == nil && !$0.value.reliesOnAbsence }.keys.map(\.text).sorted(by: Self.precedes)
    }

    private func rows(_ isWanted: (Fate) -> Bool) -> [Row] {
        fates.values.compactMap { isWanted($0) ? $0.row : nil }.sorted { Self.precedes($0.key, $1.key) }
    }

    /// The order of the server's collation "C": by bytes.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private mutating func apply(_ operation: StoreOperation) throws(StoreError) {
        let key = ExactText(operation.key)
        guard !key.text.utf8.contains(0) else {
            throw .unavailable("PostgreSQL keeps no key with U+0000; use another key", outcomeUnknown: false)
        }
        let fate = fates[key]
        // Within the group the last change decides, before it what was found.
        let version = fate.map { $0.row?.etag } ?? present[key].flatMap { $0.isExpired ? nil : $0.etag }
        var reliesOnAbsence = fate?.reliesOnAbsence ?? false
        switch operation {
        case .set(let set):
            if let expected = set.etag {
                try require(expected, version)
            } else if set.isFirstWrite {
                guard version == nil else { throw .firstWriteExists }
                if fate == nil { reliesOnAbsence = true }
            }
            let expires = try set.expiration(at: now)
            guard let etag = PostgresUUID(newUUID()) else {
                throw .unavailable("the source of versions made no UUID", outcomeUnknown: false)
            }
            let row = Row(key: key.text, value: set.value, etag: etag, expires: expires)
            fates[key] = Fate(row: row, reliesOnAbsence: reliesOnAbsence)
        case .delete(let delete):
            if let expected = delete.etag { try require(expected, version) }
            fates[key] = Fate(row: nil, reliesOnAbsence: reliesOnAbsence)
        }
    }

    private func require(_ expected: String, _ found: PostgresUUID?) throws(StoreError) {
        guard let expected = PostgresUUID(expected) else {
            throw .etagMismatch(detail: "the ETag is no UUID, so this store did not issue it")
        }
        guard expected == found else { throw .etagMismatch(detail: nil) }
    }
}

extension StoreOperation {
    /// Whether it depends on what is there.
    var isConditional: Bool {
        switch self {
        case .set(let set): set.etag != nil || set.isFirstWrite
        case .delete(let delete): delete.etag != nil
        }
    }

    /// Whether it writes whatever is there.
    var isPlainSet: Bool { if case .set = self { !isConditional } else { false } }
}
