internal import DaprSidecar
import DaprText
internal import Postgres

/// The combined effect of many callers' changes, made one after another: the decision behind one group commit.
///
/// It is a value: the database's rows go in, the rows to write come out. Each caller's changes take effect as a whole
/// or not at all.
struct StoreGroup {
    /// A row in the database, even if it has expired.
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
    /// The outcome for each key so far.
    private var fates: [ExactText: Fate] = [:]

    private let present: [ExactText: PresentRow]
    private let now: WallTime
    private let newUUID: () -> String

    private struct Fate {
        /// The row to write; `nil` when the key is to be removed.
        var row: Row?
        /// Whether the decision holds only as long as nobody else creates the row.
        var reliesOnAbsence: Bool
    }

    /// The keys whose rows must be read and locked before anything is done.
    ///
    /// None are needed when all operations are plain writes, or when there is a single unconditional one. Otherwise all
    /// keys are locked, always in one order, so that no two groups can wait for each other.
    static func keysToLookAt(_ writes: [[StoreOperation]]) -> Set<ExactText> {
        let operations = writes.lazy.joined()
        let isSimple = operations.allSatisfy(\.isPlainSet)
        if isSimple || operations.count == 1 && operations.first?.isConditional == false { return [] }
        return Set(operations.map { ExactText($0.key) })
    }

    /// Decides each caller's changes, in order.
    ///
    /// - Parameters:
    ///   - writes: The changes of each caller.
    ///   - present: The rows found for ``keysToLookAt(_:)``.
    ///   - now: The time that decides whether a row has expired.
    ///   - newUUID: Creates an ETag.
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

    /// The rows to write unconditionally, by key: all sessions lock rows in this order.
    var upserts: [Row] { rows { !$0.reliesOnAbsence } }

    /// The rows to write only if none is present or the present one has expired, by key.
    var inserts: [Row] { rows { $0.reliesOnAbsence } }

    /// The keys to remove, in order.
    ///
    /// A row that was created and removed within the group is omitted.
    var deletes: [String] {
        fates.filter { $0.value.row == nil && !$0.value.reliesOnAbsence }.keys.map(\.text).sorted(by: Self.precedes)
    }

    private func rows(_ isWanted: (Fate) -> Bool) -> [Row] {
        fates.values.compactMap { isWanted($0) ? $0.row : nil }.sorted { Self.precedes($0.key, $1.key) }
    }

    /// The order of the server's collation "C", which compares bytes.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private mutating func apply(_ operation: StoreOperation) throws(StoreError) {
        let key = ExactText(operation.key)
        guard !key.text.utf8.contains(0) else {
            throw .unavailable("PostgreSQL keeps no key with U+0000; use another key", outcomeUnknown: false)
        }
        let fate = fates[key]
        // The last change within the group decides; before the first it is the row found in the database.
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
    /// Whether its effect depends on the present row.
    var isConditional: Bool {
        switch self {
        case .set(let set): set.etag != nil || set.isFirstWrite
        case .delete(let delete): delete.etag != nil
        }
    }

    /// Whether it writes a value unconditionally.
    var isPlainSet: Bool { if case .set = self { !isConditional } else { false } }
}
