package import Dapr
package import Tasks

/// Converts one owner's snapshot back to the first format, for servers that know no other.
///
/// No server that writes a newer format may run meanwhile, because it would write that again. The migration may be
/// killed at any point, and repeated: the new head is written after its pages.
package struct SnapshotMigration: Sendable {
    private let owner: OwnerID
    private let reader: JournalReader
    private let documents: VersionedDocuments

    /// Creates a migration; makes no call yet.
    package init(dapr: DaprClient, store: StateStoreName, owner: OwnerID) {
        self.owner = owner
        reader = JournalReader(dapr: dapr, store: store, owner: owner, watch: nil)
        documents = VersionedDocuments(dapr: dapr, store: store, watch: nil)
    }

    /// Writes the pages under the names that they had in the first format, then the head.
    ///
    /// Other documents of the newer format, which are checkpoints and retired pages, stay in the store and do no harm.
    ///
    /// - Parameter isDryRun: Whether to write nothing.
    /// - Returns: Whether the snapshot was in a newer format.
    /// - Throws: ``MigrationFailure``, also when a page is missing, too long for one document, or needs a newer format.
    package func run(isDryRun: Bool) async throws(MigrationFailure) -> Bool {
        guard let entry = try await failing(as: MigrationFailure.journal, await reader.sole(reader.keys.head)) else {
            return false
        }
        let head = try await failing(as: MigrationFailure.journal, try reader.head(entry))
        if head.snapshot.keys.contains(where: { $0.use.count > 1 }) {
            let what = "the idempotency key of a command of several changes"
            throw .doesNotFit(key: reader.keys.head.rawValue, what: what, format: 1)
        }
        let names = head.snapshot.pages.values.sorted { $0.number < $1.number }
        guard head.commit != nil || names.contains(where: { $0.mark != nil }) else { return false }
        if isDryRun { return true }
        var old = head.snapshot
        for name in names {
            let page = try await failing(as: MigrationFailure.journal, await page(name))
            let first = SnapshotPageName(number: name.number, sequence: page.sequence, mark: nil)
            let parts = page.encoded
            let key = reader.keys.page(name, part: 0).rawValue
            if parts.count > 1 { throw .doesNotFit(key: key, what: "tasks that are too long for one page", format: 1) }
            if page.holdsDays { throw .doesNotFit(key: key, what: "a due date that is a day", format: 1) }
            try await write(StateItem(reader.keys.page(first, part: 0), json: parts[0]))
            old.pages[name.number] = first
        }
        let new = SnapshotHead(snapshot: old, published: head.published, first: head.first)
        let item = StateItem(
            reader.keys.head,
            json: new.encoded(format: 1),
            etag: entry.etag,
            concurrency: .firstWrite
        )
        try await write(item)
        return true
    }

    private func write(_ item: StateItem) async throws(MigrationFailure) {
        try await failing(as: MigrationFailure.journal, await documents.transact([.upsert(item)]))
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
