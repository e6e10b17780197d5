/// A book as of one change, in pages of 64 tasks; only pages that changed are written again.
///
/// The head names its pages, and no page is ever written twice under one name. So a head and its pages belong together,
/// whoever else writes snapshots. Pages of the first format were overwritten in place: each records the change it is
/// current to, and a reader applies to it the changes it lacks.
package struct BookSnapshot: Equatable, Sendable {
    /// The sequence of the last change in the snapshot.
    package var sequence: Int
    /// The time of that change.
    package var time: Timestamp
    /// The clock by which ages are measured, at that change.
    package var clock: Timestamp
    /// The places given to tasks since they were last renumbered, including the gaps of deleted ones.
    package var places: Int
    /// How often the tasks were renumbered; a page with another numbering does not belong to this snapshot.
    package var numbering: Int
    /// The pages that hold tasks, by number.
    package var pages: [Int: SnapshotPageName]
    /// The idempotency keys of the last day, oldest first.
    package var keys: [SnapshotKey]

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

/// An idempotency key with its first use.
package struct SnapshotKey: Equatable, Sendable {
    package let key: Fingerprint
    /// The first command with the key.
    package let use: KeyUse

    package init(key: Fingerprint, use: KeyUse) {
        self.key = key
        self.use = use
    }
}

/// Up to 64 tasks of a snapshot.
package struct SnapshotPage: Equatable, Sendable {
    /// The number of places on a page.
    package static let size = 64

    /// A task on a page.
    package struct Line: Equatable, Sendable {
        package let task: TaskItem
        /// The commit with the task's last change.
        package let commit: Int
        /// The task's place, counted over all pages.
        package let place: Int

        package init(task: TaskItem, commit: Int, place: Int) {
            self.task = task
            self.commit = commit
            self.place = place
        }
    }

    /// The number of the page, whose places begin at 64 times this number.
    package var number: Int
    /// The numbering that the page belongs to.
    package var numbering: Int
    /// The sequence that the page is current to.
    package var sequence: Int
    /// The number of places that had been given by then.
    package var places: Int
    /// The tasks, by place.
    package var lines: [Line]

    package init(number: Int, numbering: Int, sequence: Int, places: Int, lines: [Line]) {
        self.number = number
        self.numbering = numbering
        self.sequence = sequence
        self.places = places
        self.lines = lines
    }
}

/// The pages to write so that a stored snapshot catches up with a book.
package struct SnapshotWork: Sendable {
    /// The new snapshot with the stored pages that stay; a written page gets its name once the number of its parts is
    /// known.
    package let snapshot: BookSnapshot
    /// The pages to write.
    package let pages: [SnapshotPage]
}

extension Book {
    /// The number of changes after which a new snapshot is due.
    package static let changesPerSnapshot = 64

    /// Creates the book from a snapshot; `nil` when a page is missing or has another numbering.
    ///
    /// If a page of the first format lags behind, the book's head is earlier than the snapshot's; the changes after it
    /// complete the book.
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

    /// The highest sequence that any page reflects; pages may be newer than the head of a book that was just read.
    package var pagesEnd: Int { layout.currentEnd }

    /// Whether enough has changed for a new snapshot.
    package var needsSnapshot: Bool { head - layout.base >= Book.changesPerSnapshot }

    /// Whether so many places are empty that the tasks should be renumbered.
    package var needsRenumbering: Bool {
        layout.pageCount > 16 + 2 * (count / SnapshotPage.size + 1)
    }

    /// Gives every task a new place, without the gaps of deleted ones; every page must be written then.
    package mutating func renumber() {
        let first = layout.beginAnew(count: order.count, sequence: head)
        for (index, key) in order.enumerated() { entries[key.id]?.place = first + index }
    }

    /// The pages to write for a snapshot of this book over `stored`, which is the one this book continues, or a later
    /// one.
    package func snapshotWork(over stored: BookSnapshot?) -> SnapshotWork {
        // Pages of another numbering do not fit, so none of them is kept.
        var kept = stored.map { $0.numbering == layout.numbering ? $0.pages : [:] } ?? [:]
        var lines: [Int: [SnapshotPage.Line]] = [:]
        for page in layout.changedPages { lines[page] = [] }
        // Pages of the first format could be overwritten by others, so the new head must not rely on them.
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

    /// Records that a snapshot was stored; changes since it was taken are left for the next.
    package mutating func noteSnapshot(_ snapshot: BookSnapshot) {
        layout.noteStored(snapshot)
    }
}
