package import Dapr
internal import DaprJSON
internal import DaprText
package import Tasks

/// The directory of all owners, for work on every book: 256 lists, each `{"owners":["u1"],"v":1}` under
/// `owners:{shard}`.
///
/// An owner is listed before its first commit, so no book is missing; a listed owner's book may be empty.
package struct OwnerDirectory: Sendable {
    /// The number of lists.
    package static let shards = 256

    private let documents: VersionedDocuments

    /// Creates a directory; makes no call yet.
    package init(dapr: DaprClient, store: StateStoreName, watch: StoreWatch?) {
        documents = VersionedDocuments(dapr: dapr, store: store, watch: watch)
    }

    /// Lists an owner, if it is not listed yet.
    package func add(_ owner: OwnerID) async throws(JournalFailure) {
        try await documents.update(OwnerDirectory.key(OwnerDirectory.shard(of: owner))) { bytes in
            var owners = OwnerDirectory.owners(bytes)
            guard !owners.contains(where: { $0.hasSameBytes(as: owner.rawValue) }) else { return nil }
            owners.append(owner.rawValue)
            let list = JSONValue.array(owners.map { .string($0) })
            return JSONValue.object(["owners": list, "v": 1]).serialized()
        }
    }

    /// The owners of one list.
    package func owners(in shard: Int) async throws(JournalFailure) -> [OwnerID] {
        let entry = try await documents.read(OwnerDirectory.key(shard))
        return OwnerDirectory.owners(entry?.value).compactMap { OwnerID($0) }
    }

    /// The list of an owner.
    package static func shard(of owner: OwnerID) -> Int {
        // Owners come from verified tokens, so nobody can choose them to overfill one list.
        var hash = FNV1a<UInt64>()
        hash.add(owner.rawValue)
        return Int((hash.value ^ hash.value >> 32) % UInt64(shards))
    }

    private static func key(_ shard: Int) -> StateKey { StateKey("owners:\(shard)") }

    private static func owners(_ bytes: [UInt8]?) -> [String] {
        let value = bytes.flatMap { try? JSONValue(parsing: $0) }
        return (value?["owners"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}
