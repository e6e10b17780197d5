internal import Dapr
internal import Tasks

/// A snapshot that is about to be written: its head, its documents, and what goes when it is there.
struct SnapshotDraft: Sendable {
    /// The new head.
    var head: SnapshotHead
    let headKey: StateKey
    /// What is written with the head: pages, and a checkpoint where one is due.
    private(set) var documents: [StateItem] = []
    /// The pages among them.
    let written: [SnapshotPageName]
    /// What nothing names once the head is written: what the head before had put aside.
    let gone: [StateKey]
    /// The checkpoints that may name what the head before named.
    private var earlier: [SnapshotCheckpoint]

    /// Names the pages and gathers what goes.
    ///
    /// What the head before named stays until the one after this: who has just read that head finds its pages, and a writer that dies
    /// leaves nothing behind that no head tells of.
    ///
    /// - Parameters:
    ///   - work: what changed.
    ///   - stored: the head that is replaced; nil when there is none.
    ///   - keys: the owner's keys.
    ///   - mark: tells the new documents from those of others.
    ///   - checkpointInterval: how many changes lie between two snapshots that are kept, about.
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
            // A head without keys: they are for repeats of today.
            var kept = head
            kept.snapshot.keys = []
            kept.checkpoints = []
            documents.append(StateItem(keys.checkpoint(checkpoint), json: kept.encoded))
        }
        retire(Array(stored.snapshot.pages.values))
    }

    /// Puts those of some pages aside that neither the head nor a checkpoint names.
    mutating func retire(_ pages: [SnapshotPageName]) {
        for page in pages where head.snapshot.pages[page.number] != page && !head.retired.contains(page) {
            // A page is named by all heads from its own on, so also by the checkpoints among them.
            if page.mark == nil || !earlier.contains(where: { page.sequence <= $0.sequence }) {
                head.retired.append(page)
            }
        }
    }

    /// Ends the oldest checkpoint: pages that only it names are put aside.
    mutating func end(_ checkpoint: SnapshotCheckpoint, _ reader: JournalReader) async throws(JournalFailure) {
        head.checkpoints.removeAll { $0 == checkpoint }
        earlier.removeAll { $0 == checkpoint }
        head.ended.append(checkpoint)
        let key = reader.keys.checkpoint(checkpoint)
        guard let entry = try await reader.sole(key) else { return }
        let ended = try reader.head(entry, key)
        // What a later one has too goes with that one.
        guard let next = head.checkpoints.first else { return retire(Array(ended.snapshot.pages.values)) }
        var later = head.snapshot
        // The one that is made with this head is not stored yet.
        if next.sequence != later.sequence {
            let nextKey = reader.keys.checkpoint(next)
            guard let entry = try await reader.sole(nextKey) else { return }
            later = try reader.head(entry, nextKey).snapshot
        }
        let named = Set(later.pages.values)
        head.retired += ended.snapshot.pages.values.filter { !named.contains($0) }
    }
}
