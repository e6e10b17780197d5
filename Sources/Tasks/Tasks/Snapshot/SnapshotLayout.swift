/// The places of a book's tasks in its snapshot, and the pages that are out of date.
struct SnapshotLayout: Sendable {
    /// The next free place.
    private(set) var places = 0
    private(set) var numbering = 0
    /// The sequence of the stored snapshot; 0 when there is none.
    private(set) var base = 0
    /// The sequence of the snapshot that this book was read from; keys of changes up to it are not added again.
    ///
    /// Unlike `base` it is not moved by snapshots that are stored later.
    private(set) var keysEnd = 0
    /// The stored pages, by number.
    private(set) var pages: [Int: SnapshotPageName] = [:]
    /// The sequence from which on changes must be applied to a book that was just read.
    private(set) var start = 0
    /// For each page that is out of date, its last change.
    private var changed: [Int: Int] = [:]
    /// For each page, the sequence that it was current to when it was read.
    private var current: [Int: Int] = [:]
    private(set) var currentEnd = 0

    init() {}

    /// Creates the layout of a snapshot that was read; `nil` when a page is missing or has another numbering.
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
                // A slower writer overwrote a newer page.
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

    /// The approximate number of pages in a snapshot.
    var pageCount: Int { pages.count }

    /// The pages that changed since the stored snapshot.
    var changedPages: Dictionary<Int, Int>.Keys { changed.keys }

    /// Takes the place for a new task.
    mutating func takePlace() -> Int {
        defer { places += 1 }
        return places
    }

    /// Whether the page with this place already had the change when it was read.
    func isCurrent(_ place: Int, _ sequence: Int) -> Bool {
        sequence <= currentEnd && current[place / SnapshotPage.size].map { sequence <= $0 } ?? false
    }

    mutating func noteChange(_ place: Int, _ sequence: Int) {
        changed[place / SnapshotPage.size] = sequence
    }

    /// Gives `count` tasks new places, on pages that were never used.
    ///
    /// - Returns: The first place.
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
