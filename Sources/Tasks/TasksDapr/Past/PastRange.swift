internal import Tasks

/// Where the way to a past book begins that is too far from the book of now; on it changes are applied or taken back.
enum PastStart: Hashable {
    /// A snapshot that was kept.
    case checkpoint(SnapshotCheckpoint)
    /// The empty book before the first change.
    case beginning
}

/// How far back an owner's book can be seen as it was.
struct PastRange {
    /// The sequence of the last change.
    let head: Int
    /// The lowest sequence whose commit is kept.
    let first: Int
    /// The checkpoints from which the kept commits lead on.
    private let checkpoints: [SnapshotCheckpoint]
    /// The most changes on a way.
    private let reach: Int

    /// Creates the range.
    ///
    /// - Parameters:
    ///   - head: The sequence of the last change.
    ///   - stored: The stored snapshot's head; `nil` when there is none.
    ///   - reach: The most changes on a way.
    init(head: Int, stored: SnapshotHead?, reach: Int) {
        let first = stored?.first ?? 1
        self.head = head
        self.first = first
        self.reach = reach
        checkpoints = (stored?.checkpoints ?? []).filter { $0.sequence >= first - 1 && $0.sequence <= head }
    }

    /// Half the way from one checkpoint to the next, and what one may come late: it is the first snapshot after so many
    /// changes, and a snapshot takes some commits more.
    static func reach(_ checkpointInterval: Int) -> Int { checkpointInterval / 2 + 2 * CommitRecord.changeLimit }

    /// The starts within reach of the book after a change, the nearest first.
    func starts(for sequence: Int) -> [PastStart] {
        guard sequence >= first - 1 else { return [] }
        return (checkpoints.map(PastStart.checkpoint) + (first == 1 ? [.beginning] : []))
            .filter { distance($0, sequence) <= reach }
            .sorted { distance($0, sequence) < distance($1, sequence) }
    }

    /// The sequence from which on the book can be seen after each change.
    var oldest: Int {
        var oldest = head - reach
        for start in checkpoints.map(\.sequence).sorted(by: >) + (first == 1 ? [0] : [])
        where start + reach >= oldest - 1 {
            oldest = min(oldest, start - reach)
        }
        return max(oldest, first - 1, 0)
    }

    /// The sequence of the last change in the book at a start.
    func sequence(at start: PastStart) -> Int {
        switch start {
        case .checkpoint(let checkpoint): checkpoint.sequence
        case .beginning: 0
        }
    }

    private func distance(_ start: PastStart, _ sequence: Int) -> Int { abs(self.sequence(at: start) - sequence) }
}
