internal import Dapr
internal import Tasks

/// A snapshot that is about to be written: its head, its documents, and the documents to delete afterwards.
struct SnapshotDraft: Sendable {
    /// The new head.
    var head: SnapshotHead
    let headKey: StateKey
    /// The documents to write with the head: pages, and a checkpoint if one is due.
    private(set) var documents: [StateItem] = []
    /// The pages among them.
    let written: [SnapshotPageName]
    /// The documents that nothing names once the head is written: the previous head had retired them.
    let gone: [StateKey]
    /// The checkpoints that may name pages of the previous head.
    private var earlier: [SnapshotCheckpoint]

    /// Names the pages and collects the documents to delete.
    ///
    /// Pages of the previous head stay until the snapshot after this one. So a reader that has just read that head
    /// finds its pages, and a writer that dies leaves nothing behind that no head names.
    ///
    /// - Parameters:
    ///   - work: The changes to write.
    ///   - stored: The head that is replaced; `nil` when there is none.
    ///   - keys: The owner's keys.
    ///   - mark: Distinguishes the new documents from those of other writers.
    ///   - checkpointInterval: About how many changes lie between two checkpoints.
    init(
        _ work: SnapshotWork,
        over stored: SnapshotHead?,
        keys: JournalKeys,
        mark: String,
        checkpointInterval: Int
    ) {
        var snapshot = work.snapshot
        var names: [SnapshotPageName] = []
        for page in work.pages {
            let parts = page.encoded
            let name = SnapshotPageName(number: page.number, sequence: page.sequence, mark: mark, parts: parts.count)
            names.append(name)
            snapshot.pages[page.number] = name
            for (part, value) in parts.enumerated() {
                documents.append(StateItem(keys.page(name, part: part), json: value))
            }
        }
        head = SnapshotHead(snapshot: snapshot, published: 0, first: 1)
        headKey = keys.head
        written = names
        gone = (stored?.retired ?? []).flatMap(keys.parts) + (stored?.ended ?? []).map(keys.checkpoint)
        earlier = stored?.checkpoints ?? []
        guard let stored else { return }
        head.checkpoints = earlier
        if SnapshotCheckpoint.isDue(
            at: snapshot.sequence,
            after: stored.snapshot.sequence,
            every: checkpointInterval
        ) {
            let checkpoint = SnapshotCheckpoint(sequence: snapshot.sequence, mark: mark)
            head.checkpoints.append(checkpoint)
            // Idempotency keys only serve repeats of the last day, so a checkpoint's head has none.
            var kept = head
            kept.snapshot.keys = []
            kept.checkpoints = []
            documents.append(StateItem(keys.checkpoint(checkpoint), json: kept.encoded))
        }
        retire(Array(stored.snapshot.pages.values))
    }

    /// Retires those of some pages that neither the head nor a checkpoint names.
    mutating func retire(_ pages: [SnapshotPageName]) {
        for page in pages where head.snapshot.pages[page.number] != page && !head.retired.contains(page) {
            // All heads from a page's own on name it, including the checkpoints among them.
            if page.mark == nil || !earlier.contains(where: { page.sequence <= $0.sequence }) {
                head.retired.append(page)
            }
        }
    }

    /// Ends the oldest checkpoint, and retires the pages that only it names.
    mutating func end(_ checkpoint: SnapshotCheckpoint, _ reader: JournalReader) async throws(JournalFailure) {
        head.checkpoints.removeAll { $0 == checkpoint }
        earlier.removeAll { $0 == checkpoint }
        head.ended.append(checkpoint)
        let key = reader.keys.checkpoint(checkpoint)
        guard let entry = try await reader.sole(key) else { return }
        let ended = try reader.head(entry, key)
        // Pages that a later checkpoint names are retired with that one.
        guard let next = head.checkpoints.first else { return retire(Array(ended.snapshot.pages.values)) }
        var later = head.snapshot
        // The checkpoint of this head is not stored yet.
        if next.sequence != later.sequence {
            let nextKey = reader.keys.checkpoint(next)
            guard let entry = try await reader.sole(nextKey) else { return }
            later = try reader.head(entry, nextKey).snapshot
        }
        let named = Set(later.pages.values)
        head.retired += ended.snapshot.pages.values.filter { !named.contains($0) }
    }
}
