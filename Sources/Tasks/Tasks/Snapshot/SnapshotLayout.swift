/// Where the tasks of a book stand in its snapshot, and what of the stored one is out of date.
struct SnapshotLayout: Sendable {
    /// The next place.
    private(set) var places = 0
    private(set) var numbering = 0
    /// The sequence of the stored snapshot; 0 when there is none.
    private(set) var base = 0
    /// The sequence of the snapshot that this book was read from, whose keys it has: those of earlier changes are not taken again.
    ///
    /// Unlike `base` it says nothing of what others have stored since.
    private(set) var keysEnd = 0
    /// The stored pages, by number.
    private(set) var pages: [Int: SnapshotPageName] = [:]
    /// The sequence from which on changes are to be applied to a book that was just read.
    private(set) var start = 0
    /// The last change of each page that the stored one lacks.
    private var changed: [Int: Int] = [:]
    /// Up to which change each page was current when it was read.
    private var current: [Int: Int] = [:]
    private(set) var currentEnd = 0

    init() {}

    /// Of a snapshot that was read; nil when one of its pages is missing or of another numbering.
    init?(of snapshot: BookSnapshot, pages found: [SnapshotPage]) {
        places = snapshot.places
        numbering = snapshot.numbering
        base = snapshot.sequence
        keysEnd = snapshot.sequence
        pages = snapshot.pages
        start = snapshot.sequence
        for page in found where page.numbering == snapshot.numbering {
            guard let listed = snapshot.pages[page.number] else { return nil }
            if listed.mark != nil, page.sequence != listed.sequence { return nil }
            if page.sequence >= listed.sequence {
                current[page.number] = max(page.sequence, snapshot.sequence)
            } else {
                // A slower writer wrote over a newer page.
                current[page.number] = page.sequence
                if page.sequence < start {
                    start = page.sequence
                    places = page.places
                }
            }
        }
        guard current.count == snapshot.pages.count else { return nil }
        currentEnd = current.values.max() ?? 0
    }

    /// How many pages a snapshot would have, about.
    var pageCount: Int { pages.count }

    /// The pages that changed since the stored snapshot.
    var changedPages: Dictionary<Int, Int>.Keys { changed.keys }

    /// The place of a task that is created.
    mutating func takePlace() -> Int {
        defer { places += 1 }
        return places
    }

    /// Whether the page with this place was read with this change in it.
    func isCurrent(_ place: Int, _ sequence: Int) -> Bool {
        sequence <= currentEnd && current[place / SnapshotPage.size].map { sequence <= $0 } ?? false
    }

    mutating func noteChange(_ place: Int, _ sequence: Int) {
        changed[place / SnapshotPage.size] = sequence
    }

    /// Gives so many tasks places that no page has had.
    /// - Returns: the first of them.
    mutating func beginAnew(count: Int, sequence: Int) -> Int {
        let size = SnapshotPage.size
        let first = (places + size - 1) / size
        pages = [:]
        changed = [:]
        for page in 0..<(count + size - 1) / size { changed[first + page] = sequence }
        numbering += 1
        places = first * size + count
        return first * size
    }

    mutating func noteStored(_ snapshot: BookSnapshot) {
        base = snapshot.sequence
        pages = snapshot.pages
        changed = changed.filter { $0.value > snapshot.sequence }
        current = [:]
        currentEnd = 0
    }
}
