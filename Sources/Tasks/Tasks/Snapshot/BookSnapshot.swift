/// A book as it was after one change, in pages of 64 tasks of which only those that changed are written again.
///
/// The head names its pages, and a page is never written twice under a name: so a head and the pages it names are of one moment, whoever
/// else writes snapshots. Pages of the first format were overwritten in place. They say which change they are current to, and a reader
/// applies to each the changes it lacks.
package struct BookSnapshot: Equatable, Sendable {
    /// The sequence of the last change in it.
    package var sequence: Int
    /// The time of that change.
    package var time: Timestamp
    /// The time by which ages are told, at that change.
    package var clock: Timestamp
    /// How many places were given to tasks since the tasks were last numbered anew, with the gaps of those deleted.
    package var places: Int
    /// How often the tasks were numbered anew: a page of another numbering is not of this snapshot.
    package var numbering: Int
    /// The pages with tasks on them, by number.
    package var pages: [Int: SnapshotPageName]
    /// The idempotency keys of the last day, oldest first.
    package var keys: [SnapshotKey]

    /// Makes a snapshot of its parts.
    package init(
        sequence: Int,
        time: Timestamp,
        clock: Timestamp? = nil,
        places: Int,
        numbering: Int,
        pages: [Int: SnapshotPageName],
        keys: [SnapshotKey]
    ) {
        self.sequence = sequence
        self.time = time
        self.clock = clock ?? time
        self.places = places
        self.numbering = numbering
        self.pages = pages
        self.keys = keys
    }
}

/// An idempotency key with what its first command did.
package struct SnapshotKey: Equatable, Sendable {
    /// The key.
    package let key: Fingerprint
    /// What it did.
    package let use: KeyUse

    /// Makes one of its parts.
    package init(key: Fingerprint, use: KeyUse) {
        self.key = key
        self.use = use
    }
}

/// Up to 64 tasks of a snapshot.
package struct SnapshotPage: Equatable, Sendable {
    /// How many places a page has.
    package static let size = 64

    /// A task on a page.
    package struct Line: Equatable, Sendable {
        /// The task.
        package let task: TaskItem
        /// The commit with its last change.
        package let commit: Int
        /// Its place.
        package let place: Int

        /// Makes a line of its parts.
        package init(task: TaskItem, commit: Int, place: Int) {
            self.task = task
            self.commit = commit
            self.place = place
        }
    }

    /// Which page: it has the places from 64 times this on.
    package var number: Int
    /// The numbering it belongs to.
    package var numbering: Int
    /// The sequence it is current to.
    package var sequence: Int
    /// How many places had been given by then.
    package var places: Int
    /// The tasks, by place.
    package var lines: [Line]

    /// Makes a page of its parts.
    package init(number: Int, numbering: Int, sequence: Int, places: Int, lines: [Line]) {
        self.number = number
        self.numbering = numbering
        self.sequence = sequence
        self.places = places
        self.lines = lines
    }
}

/// What is to be written to bring a stored snapshot up to a book.
package struct SnapshotWork: Sendable {
    /// The snapshot, with the stored pages that stay; those that are written get their names when it is known in how many parts.
    package let snapshot: BookSnapshot
    /// The pages to write.
    package let pages: [SnapshotPage]
}

extension Book {
    /// How many changes lead to a new snapshot.
    package static let changesPerSnapshot = 64

    /// Makes the book that a snapshot holds; nil when a page is missing or of another numbering.
    ///
    /// Its head may be earlier than the snapshot's, when a page of the first format lags: the changes from it on make it whole.
    package init?(owner: OwnerID, snapshot: BookSnapshot, pages: [SnapshotPage]) {
        guard let layout = SnapshotLayout(of: snapshot, pages: pages) else { return nil }
        self.init(owner: owner)
        head = layout.start
        time = snapshot.time
        clock = snapshot.clock
        for line in snapshot.keys { keys.insert(line.key, line.use) }
        keys.removeOld(now: clock)
        for page in pages {
            for line in page.lines {
                put(Entry(task: line.task, commit: line.commit, place: line.place), line.task.id)
            }
        }
        self.layout = layout
    }

    /// The sequence of the stored snapshot that this book continues; 0 when there is none.
    package var snapshotSequence: Int { layout.base }

    /// The numbering of the stored snapshot that this book continues.
    package var snapshotNumbering: Int { layout.numbering }

    /// Up to which change some page may be ahead of the book's head, when it was just read.
    package var pagesEnd: Int { layout.currentEnd }

    /// Whether enough changed for a new snapshot.
    package var needsSnapshot: Bool { head - layout.base >= Book.changesPerSnapshot }

    /// Whether so many places are empty that the tasks should be numbered anew.
    package var needsRenumbering: Bool {
        layout.pageCount > 16 + 2 * (count / SnapshotPage.size + 1)
    }

    /// Gives every task a new place, without the gaps that deleted ones left; every page is to be written then.
    package mutating func renumber() {
        let first = layout.beginAnew(count: order.count, sequence: head)
        for (index, key) in order.enumerated() { entries[key.id]?.place = first + index }
    }

    /// What a snapshot of this book has to write, over the one that is stored: the one this book continues, or a later one.
    package func snapshotWork(over stored: BookSnapshot?) -> SnapshotWork {
        // None of them fits tasks that were numbered anew.
        var kept = stored.map { $0.numbering == layout.numbering ? $0.pages : [:] } ?? [:]
        var lines: [Int: [SnapshotPage.Line]] = [:]
        for page in layout.changedPages { lines[page] = [] }
        // What could be overwritten is not named by a head that others rest on.
        for (page, name) in kept where name.mark == nil { lines[page] = [] }
        for key in order {
            guard let entry = entries[key.id] else { continue }
            let page = entry.place / SnapshotPage.size
            lines[page]?.append(.init(task: entry.task, commit: entry.commit, place: entry.place))
        }
        var pages: [SnapshotPage] = []
        for (number, lines) in lines.sorted(by: { $0.key < $1.key }) {
            kept[number] = nil
            if lines.isEmpty { continue }
            let page = SnapshotPage(
                number: number,
                numbering: layout.numbering,
                sequence: head,
                places: layout.places,
                lines: lines.sorted { $0.place < $1.place }
            )
            pages.append(page)
        }
        let snapshot = BookSnapshot(
            sequence: head,
            time: time,
            clock: clock,
            places: layout.places,
            numbering: layout.numbering,
            pages: kept,
            keys: keys.all.map { SnapshotKey(key: $0.key, use: $0.use) }
        )
        return SnapshotWork(snapshot: snapshot, pages: pages)
    }

    /// Notes that a snapshot is stored; what changed since it was taken is left for the next.
    package mutating func noteSnapshot(_ snapshot: BookSnapshot) {
        layout.noteStored(snapshot)
    }
}
