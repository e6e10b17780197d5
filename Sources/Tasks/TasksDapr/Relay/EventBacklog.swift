internal import Tasks

/// The events that wait to be published, as a value without calls or clocks.
///
/// Each owner's events leave in order, one call at a time and one event per call: when some of several events in a call
/// fail, no sidecar or broker guarantees an order. Owners share calls. When memory is full, an owner's later events are
/// dropped and read from the journal again when their turn comes.
struct EventBacklog: Sendable {
    /// The next piece of work.
    enum Job: Sendable {
        /// Publish these events: the next one of each owner.
        case publish([TaskEvent])
        /// Read the owner's events with these sequences from the journal.
        case refill(OwnerID, ClosedRange<Int>)
    }

    private struct Line {
        private var kept: [TaskEvent] = []
        private var start = 0
        /// The highest sequence that was ever added.
        var last: Int
        /// The first sequence whose event is not in memory.
        var missingFrom: Int?
        /// How often in a row the broker did not take the first event.
        var failures = 0

        init(last: Int) { self.last = last }

        var events: ArraySlice<TaskEvent> { kept[start...] }

        mutating func append(_ event: TaskEvent) { kept.append(event) }

        /// Removes the first events, without moving the others each time.
        /// - Returns: The bytes of the removed events.
        mutating func removeFirst(_ count: Int) -> Int {
            let end = min(start + count, kept.count)
            let bytes = kept[start..<end].reduce(0) { $0 + $1.approximateBytes }
            start = end
            if start == kept.count {
                kept = []
                start = 0
            } else if start > 256, start * 2 > kept.count {
                kept.removeFirst(start)
                start = 0
            }
            return bytes
        }
    }

    private let limit: Int
    private var lines: [OwnerID: Line] = [:]
    private var ready: [OwnerID] = []
    private var isReady: Set<OwnerID> = []
    /// The owners of unfinished jobs.
    private var busy: Set<OwnerID> = []
    /// The owners among `busy` whose unfinished job must not change anything any more.
    private var forgotten: Set<OwnerID> = []
    private var bytes = 0
    /// The number of events in memory.
    private(set) var count = 0

    /// Creates a backlog that keeps about `limit` bytes of events in memory.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether everything is published.
    var isEmpty: Bool { lines.isEmpty }

    /// Whether everything of an owner is published.
    func isIdle(_ owner: OwnerID) -> Bool { lines[owner] == nil }

    /// The time of the oldest event in memory.
    var oldest: Timestamp? { lines.values.compactMap(\.events.first?.change.time).min() }

    /// Adds an owner's consecutive events; known ones are left out.
    ///
    /// - Parameters:
    ///   - events: The events, oldest first.
    ///   - owner: Their owner.
    ///   - after: The sequence up to which everything is published or was added before. Changes between it and the
    ///     first event are read from the journal.
    ///   - last: The last change to publish; changes that are not among the events are read from the journal too.
    mutating func add(_ events: [TaskEvent], of owner: OwnerID, after: Int, through last: Int) {
        let isNew = lines[owner] == nil
        // Taken out of the dictionary, so that changing the line does not copy its events.
        var line = lines.removeValue(forKey: owner) ?? Line(last: after)
        for event in events where event.change.sequence > line.last {
            let isNext = event.change.sequence == line.last + 1
            if line.missingFrom == nil {
                if isNext, bytes <= limit {
                    line.append(event)
                    count += 1
                    bytes += event.approximateBytes
                } else {
                    line.missingFrom = line.last + 1
                }
            }
            line.last = event.change.sequence
        }
        if last > line.last {
            line.missingFrom = line.missingFrom ?? line.last + 1
            line.last = last
        }
        guard !isNew || !line.events.isEmpty || line.missingFrom != nil else { return }
        lines[owner] = line
        if isNew { makeReady(owner) }
    }

    /// Drops everything of an owner, because it is no longer what the journal has.
    mutating func forget(_ owner: OwnerID) {
        guard let kept = lines[owner]?.events.count else { return }
        removeFirst(kept, of: owner)
        lines[owner] = nil
        if isReady.remove(owner) != nil { ready.removeAll { $0 == owner } }
        if busy.contains(owner) { forgotten.insert(owner) }
    }

    /// Takes the next job, with at most `eventsPerCall` events; its owners get no other job until it is finished.
    mutating func next(limit eventsPerCall: Int) -> Job? {
        var batch: [TaskEvent] = []
        var batchBytes = 0
        var taken = 0
        defer {
            for owner in ready.prefix(taken) { isReady.remove(owner) }
            ready.removeFirst(taken)
        }
        while taken < ready.count {
            let owner = ready[taken]
            guard let line = lines[owner] else {
                taken += 1
                continue
            }
            if line.events.isEmpty, let from = line.missingFrom {
                if !batch.isEmpty { break }
                taken += 1
                busy.insert(owner)
                return .refill(owner, from...line.last)
            }
            if let event = line.events.first {
                batch.append(event)
                batchBytes += event.approximateBytes
                busy.insert(owner)
            }
            taken += 1
            if batch.count >= eventsPerCall || batchBytes >= CallBounds.textBytes { break }
        }
        return batch.isEmpty ? nil : .publish(batch)
    }

    /// Removes the published events of a batch.
    ///
    /// - Parameters:
    ///   - batch: The events of the job.
    ///   - failed: The indices in `batch` of the events that were not published.
    /// - Returns: The published sequence of each owner; and the owners to retry, with their numbers of failures in a
    ///   row, which wait until ``resume(_:)``.
    mutating func finish(
        _ batch: [TaskEvent],
        failed: Set<Int>
    ) -> (published: [(owner: OwnerID, sequence: Int)], held: [(owner: OwnerID, failures: Int)]) {
        var published: [(owner: OwnerID, sequence: Int)] = []
        var held: [(owner: OwnerID, failures: Int)] = []
        for (place, event) in batch.enumerated() {
            let owner = event.owner
            busy.remove(owner)
            if forgotten.remove(owner) != nil {
                resume(owner)
            } else if failed.contains(place) {
                let failures = (lines[owner]?.failures ?? 0) + 1
                lines[owner]?.failures = failures
                held.append((owner, failures))
            } else {
                removeFirst(1, of: owner)
                published.append((owner, event.change.sequence))
                lines[owner]?.failures = 0
                resume(owner)
            }
        }
        return (published, held)
    }

    /// Adds an owner's events that were read from the journal; those after the last added sequence may be for another
    /// instance to publish.
    /// - Returns: Whether the next event was among them.
    mutating func refill(_ owner: OwnerID, _ events: [TaskEvent]) -> Bool {
        busy.remove(owner)
        if forgotten.remove(owner) != nil { return true }
        guard let from = lines[owner]?.missingFrom, var line = lines.removeValue(forKey: owner) else { return true }
        var next = from
        for event in events where event.change.sequence == next && next <= line.last {
            line.append(event)
            count += 1
            bytes += event.approximateBytes
            next += 1
        }
        line.missingFrom = next > line.last ? nil : next
        lines[owner] = line
        return next > from
    }

    /// Makes an owner's next events available again.
    mutating func resume(_ owner: OwnerID) {
        busy.remove(owner)
        guard let line = lines[owner] else { return }
        if line.events.isEmpty, line.missingFrom == nil {
            lines[owner] = nil
        } else {
            makeReady(owner)
        }
    }

    /// Queues an owner, once, unless it has an unfinished job.
    private mutating func makeReady(_ owner: OwnerID) {
        if !busy.contains(owner), isReady.insert(owner).inserted { ready.append(owner) }
    }

    private mutating func removeFirst(_ count: Int, of owner: OwnerID) {
        guard let kept = lines[owner]?.events.count else { return }
        // In place: a copy of the line would copy its events.
        bytes -= lines[owner]?.removeFirst(count) ?? 0
        self.count -= min(count, kept)
    }
}
