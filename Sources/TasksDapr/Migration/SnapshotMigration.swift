package import Dapr
package import Tasks

/// Brings one owner's snapshot back to the first format, for servers that know no other.
///
/// No server that writes the newer one may run meanwhile: it would write it again. It may be killed at any point, and repeated: the new head is
/// written when its pages are.
package struct SnapshotMigration: Sendable {
    private let owner: OwnerID
    private let reader: JournalReader
    private let documents: VersionedDocuments

    /// Makes a migration; it calls nothing yet.
    package init(dapr: DaprClient, store: StoreName, owner: OwnerID) {
        self.owner = owner
        reader = JournalReader(dapr: dapr, store: store, owner: owner)
        documents = VersionedDocuments(dapr: dapr, store: store)
    }

    /// Writes the pages under the names that they had in the first format, then the head.
    ///
    /// What the newer format kept beside them, checkpoints and pages that were put aside, stays in the store and does no harm.
    ///
    /// - Parameter isDryRun: only tells.
    /// - Returns: whether there is a snapshot in a newer format.
    /// - Throws: ``JournalFailure``, also when a page is missing, or longer than one document may be.
    package func run(isDryRun: Bool) async throws(JournalFailure) -> Bool {
        guard let entry = try await reader.sole(reader.keys.head) else { return false }
        let head = try reader.head(entry)
        let names = head.snapshot.pages.values.sorted { $0.number < $1.number }
        guard head.commit != nil || names.contains(where: { $0.mark != nil }) else { return false }
        if isDryRun { return true }
        var old = head.snapshot
        for name in names {
            let page = try await page(name)
            let first = SnapshotPageName(number: name.number, sequence: page.sequence, mark: nil)
            let parts = page.encoded
            guard parts.count == 1 else {
                let key = reader.keys.page(name, part: 0).rawValue
                throw .book(.unreadable(key: key, reason: "its tasks are too long for one page of the first format"))
            }
            try await documents.transact([.upsert(StateItem(key: reader.keys.page(first, part: 0), value: parts[0]))])
            old.pages[name.number] = first
        }
        let new = SnapshotHead(snapshot: old, published: head.published, first: head.first)
        let item = StateItem(
            key: reader.keys.head,
            value: new.encoded(format: 1),
            etag: entry.etag,
            concurrency: .firstWrite
        )
        try await documents.transact([.upsert(item)])
        return true
    }

    private func page(_ name: SnapshotPageName) async throws(JournalFailure) -> SnapshotPage {
        var whole: SnapshotPage?
        for key in reader.keys.parts(of: name) {
            guard let entry = try await reader.sole(key) else {
                throw .book(
                    .unreadable(key: key.rawValue, reason: "it is missing, though the snapshot's head names it")
                )
            }
            do throws(TaskError) {
                let part = try SnapshotPage(decoding: entry.value, number: name.number, key: key.rawValue)
                if whole == nil { whole = part } else { whole?.lines += part.lines }
            } catch {
                throw .book(error)
            }
        }
        guard let whole else { throw .book(.unreadable(key: reader.keys.head.rawValue, reason: "a page has no parts")) }
        return whole
    }
}
