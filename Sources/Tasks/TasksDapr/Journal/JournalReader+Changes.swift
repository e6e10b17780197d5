package import Tasks

extension JournalReader {
    /// Reads an owner's changes and the tasks after them, from a sequence on.
    ///
    /// - Parameters:
    ///   - owner: The journal's owner.
    ///   - sequence: The first change; it may lie inside a commit.
    ///   - limit: The number of changes after which reading ends; whole commits are read, so there may be some more.
    ///   - bytes: The approximate bytes of text after which reading ends.
    ///   - last: The journal's end, if it is known.
    /// - Returns: The next changes, without gaps; none when the journal ends before them or has lost them.
    /// - Throws: ``JournalFailure`` when the journal cannot be read.
    package func events(
        of owner: OwnerID,
        from sequence: Int,
        limit: Int,
        bytes: Int = .max,
        through last: Int = .max
    ) async throws(JournalFailure) -> [TaskEvent] {
        var events: [TaskEvent] = []
        var count = 0
        var tellsTasks = true
        func take(_ record: CommitRecord) -> Bool {
            for entry in record.entries where entry.change.sequence >= sequence {
                guard let task = entry.task else {
                    tellsTasks = false
                    return false
                }
                events.append(TaskEvent(owner: owner, change: entry.change, task: task))
                count += task.approximateBytes + entry.change.approximateBytes
            }
            return events.count < limit && count < bytes
        }
        try await commits(from: sequence, through: last, take)
        if events.isEmpty, tellsTasks {
            // No commit starts there.
            guard let record = try await commit(around: sequence) else { return [] }
            if take(record) { try await commits(from: record.last + 1, through: last, take) }
        }
        if tellsTasks || !events.isEmpty { return events }
        return try await replayedEvents(of: owner, from: sequence, limit: limit, bytes: bytes)
    }

    /// The commit that holds a change but starts before it; `nil` when there is none.
    func commit(around sequence: Int) async throws(JournalFailure) -> CommitRecord? {
        let earliest = max(1, sequence - CommitRecord.changeLimit + 1)
        guard earliest < sequence else { return nil }
        if let start = try await starts(in: earliest..<sequence).last {
            let record = try decoded(start.entry, start.sequence)
            if record.last >= sequence { return record }
        }
        // A bulk read that finds nothing proves nothing, but the head tells whether the commit was removed.
        if let head = try await storedHead(), head.first > sequence { return nil }
        for start in (earliest..<sequence).reversed() {
            if let record = try await commit(at: start) { return record.last >= sequence ? record : nil }
        }
        return nil
    }

    /// The same from a journal in the first format, which holds only the changed fields: replays it from its beginning.
    func replayedEvents(
        of owner: OwnerID,
        from sequence: Int,
        limit: Int,
        bytes: Int = .max
    ) async throws(JournalFailure) -> [TaskEvent] {
        var book = Book(owner: owner)
        var events: [TaskEvent] = []
        var count = 0
        try await commits(from: 1) { record in
            for entry in record.entries {
                let old = book.task(entry.change.taskID)
                apply(entry.change, to: &book)
                if entry.change.sequence >= sequence, let task = book.task(entry.change.taskID) ?? old {
                    events.append(TaskEvent(owner: owner, change: entry.change, task: task))
                    count += task.approximateBytes + entry.change.approximateBytes
                }
            }
            return events.count < limit && count < bytes
        }
        return events
    }
}
