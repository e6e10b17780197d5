internal import Dapr
internal import Tasks

/// Consecutive changes in a journal, and the commits at its ends.
struct JournalStretch {
    var changes: [TaskChange] = []
    /// The commit with the change right before the stretch; `nil` when unknown, or when there is none.
    var commitBefore: String?
    /// The commit with the last change.
    var lastCommit: String?
}

/// What the journal tells of a task at a moment.
enum TaskTrace: Equatable {
    /// It was so.
    case found(TaskItem)
    /// It was so, or not there, if the commits of then are kept.
    case ifKept(TaskItem?)
    /// The chain of its changes does not tell.
    case unknown
}

extension JournalReader {
    /// The most commits of one task that are read one after another.
    private static let chainLimit = 64

    /// Reads the changes after one, up to another.
    ///
    /// - Parameters:
    ///   - sequence: The change before the first.
    ///   - end: The last change; at least `sequence`.
    /// - Returns: The changes without gaps; `nil` when some are missing.
    /// - Throws: ``JournalFailure`` when the journal cannot be read.
    func stretch(after sequence: Int, through end: Int) async throws(JournalFailure) -> JournalStretch? {
        var stretch = JournalStretch()
        func take(_ record: CommitRecord) -> Bool {
            if stretch.lastCommit == nil {
                stretch.commitBefore = record.sequence > sequence ? record.after : record.id
            }
            for entry in record.entries where entry.change.sequence > sequence && entry.change.sequence <= end {
                stretch.changes.append(entry.change)
            }
            stretch.lastCommit = record.id
            return record.last < end
        }
        try await commits(from: sequence + 1, through: end, take)
        // No commit starts there.
        if stretch.lastCommit == nil, end > sequence, let record = try await commit(around: sequence + 1), take(record)
        {
            try await commits(from: record.last + 1, after: record.id, through: end, take)
        }
        return stretch.changes.count == end - sequence ? stretch : nil
    }

    /// Finds the last change at or before a time, by halving: some 128 sequences are asked for in a call, among which a
    /// commit must start.
    ///
    /// - Parameters:
    ///   - time: The time, earlier than that of the last change.
    ///   - first: The lowest sequence whose commit is kept.
    ///   - head: The sequence of the last change.
    /// - Returns: The sequence; 0 before the first change of all, `nil` when the change may be among those removed.
    /// - Throws: ``JournalFailure`` when the journal cannot be read, or was changed meanwhile.
    func sequence(at time: Timestamp, from first: Int, through head: Int) async throws(JournalFailure) -> Int? {
        /// The last commit known to be not later, and the first known to be later.
        var (earlier, later): (CommitRecord?, CommitRecord?)
        var (low, high) = (first - 1, head + 1)
        while high - low > 1 {
            let width = CommitRecord.changeLimit
            let end = high - low > width ? low + (high - low) / 2 : high - 1
            var found = try await starts(in: max(low + 1, end - width + 1)...end)
            if found.isEmpty {
                // A bulk read may miss what is there. A commit starts after the last change that is known.
                let key = keys.commit(low + 1)
                guard let entry = try await sole(key) else { throw .moved(key: key.rawValue) }
                found = [(low + 1, entry)]
            }
            // From the end of the stretch back: what is left then ends where a later commit starts.
            for (sequence, entry) in found.reversed() {
                let record = try decoded(entry, sequence)
                if record.time <= time {
                    (earlier, low) = (record, record.last)
                    break
                }
                (later, high) = (record, sequence)
                // The far end of a long stretch is better found by halving.
                if high - low > width { break }
            }
        }
        // A stranded record may have led astray.
        guard high - low == 1, later?.mayFollow(earlier?.id) ?? (head < first) else {
            throw .moved(key: keys.commit(high).rawValue)
        }
        return earlier == nil && first > 1 ? nil : low
    }

    /// Follows a task's changes back to a moment; each commit names the one before.
    ///
    /// Most tasks change seldom, so this is a few reads, however old the moment and however many other tasks there are;
    /// to see the whole book of then, all changes since must be read.
    ///
    /// - Parameters:
    ///   - id: The task.
    ///   - sequence: The change after which the task is wanted.
    ///   - last: The commit with the task's last change; 0 when it is deleted.
    /// - Returns: What it was.
    /// - Throws: ``JournalFailure`` when the journal cannot be read.
    func trace(of id: TaskID, after sequence: Int, from last: Int) async throws(JournalFailure) -> TaskTrace {
        var commit = last
        var later: JournalEntry?
        for _ in 0..<JournalReader.chainLimit where commit > 0 {
            guard let record = try await self.commit(at: commit) else {
                // It was removed as too old, and what it left is what the change after it found.
                guard let later, later.change.tellsOrigin, let task = later.task else { return .unknown }
                return .ifKept(later.change.origin(of: task, owner: task.userID))
            }
            let own = record.entries.filter { $0.change.taskID == id }
            guard let oldest = own.first, own.allSatisfy({ $0.task != nil }) else { return .unknown }
            if let entry = own.last(where: { $0.change.sequence <= sequence }) {
                return entry.change.kind == .deleted ? .ifKept(nil) : entry.task.map { .found($0) } ?? .unknown
            }
            if oldest.change.kind == .created, oldest.change.endedVersion == 0 { return .ifKept(nil) }
            // A record must name an earlier commit; otherwise the history began in a format that does not.
            guard (1..<commit).contains(oldest.change.previous) else { return .unknown }
            (later, commit) = (oldest, oldest.change.previous)
        }
        return .unknown
    }
}
