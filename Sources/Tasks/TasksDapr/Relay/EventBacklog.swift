internal import Tasks

/// The events that wait to be published: a value, without calls or clocks.
///
/// Each owner's events leave in order, one call at a time and one event a call: what a sidecar or a broker makes of several in one call is in no
/// order that can be relied on when some of them fail, on no broker. Owners share calls. When there are too many, an owner's later events are not kept but read from
/// the journal again when their turn comes.
struct EventBacklog: Sendable {
    /// What is to be done next.
    enum Job: Sendable {
        /// Publish these: of each owner the next event.
        case publish([TaskEvent])
        /// Read the owner's events of these sequences from the journal.
        case refill(OwnerID, ClosedRange<Int>)
    }

    private struct Line {
        private var kept: [TaskEvent] = []
        private var start = 0
        /// The highest sequence that was ever added.
        var last: Int
        /// From where on events are not kept.
        var missingFrom: Int?
        /// How often in a row the broker did not take the first event.
        var failures = 0

        init(last: Int) { self.last = last }

        var events: ArraySlice<TaskEvent> { kept[start...] }

        mutating func append(_ event: TaskEvent) { kept.append(event) }

        /// Takes events off the front, without moving the others each time.
        /// - Returns: how many bytes they took.
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
    /// The owners of jobs that are not finished.
    private var busy: Set<OwnerID> = []
    /// Those among them whose job is to change nothing any more.
    private var forgotten: Set<OwnerID> = []
    private var bytes = 0
    /// How many events are kept.
    private(set) var count = 0

    /// Keeps events of so many bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether everything is published.
    var isEmpty: Bool { lines.isEmpty }

    /// Whether everything of an owner is published.
    func isIdle(_ owner: OwnerID) -> Bool { lines[owner] == nil }

    /// The time of the oldest event that is kept.
    var oldest: Timestamp? { lines.values.compactMap(\.events.first?.change.time).min() }

    /// Adds an owner's events, which follow one another; those known already are left out.
    ///
    /// - Parameters:
    ///   - events: the events, oldest first.
    ///   - owner: whose they are.
    ///   - after: up to where everything is published or was added before. What lies between it and the first event is read from the journal.
    ///   - last: the last change to publish; what is not among the events is read from the journal too.
    mutating func add(_ events: [TaskEvent], of owner: OwnerID, after: Int, through last: Int) {
        let isNew = lines[owner] == nil
        // Taken out, so that what it keeps is not copied.
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

    /// Lets go of all of an owner: it is not what the journal has any more.
    mutating func forget(_ owner: OwnerID) {
        guard let kept = lines[owner]?.events.count else { return }
        removeFirst(kept, of: owner)
        lines[owner] = nil
        if isReady.remove(owner) != nil { ready.removeAll { $0 == owner } }
        if busy.contains(owner) { forgotten.insert(owner) }
    }

    /// Takes the next job, of at most so many events; its owners are left alone until it is finished.
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

    /// Takes out what was published of a batch, given the places of those that were not.
    ///
    /// - Returns: the sequence published of each owner, and the owners to come again after so many failures; those wait until `resume`.
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

    /// Takes in events of an owner that were read from the journal; what follows the last that was added may be another instance's to publish.
    /// - Returns: whether the one that is next was among them.
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

    /// Lets an owner's next events be taken again.
    mutating func resume(_ owner: OwnerID) {
        busy.remove(owner)
        guard let line = lines[owner] else { return }
        if line.events.isEmpty, line.missingFrom == nil {
            lines[owner] = nil
        } else {
            makeReady(owner)
        }
    }

    /// Puts an owner in the queue, once, unless a job of it is not finished.
    private mutating func makeReady(_ owner: OwnerID) {
        if !busy.contains(owner), isReady.insert(owner).inserted { ready.append(owner) }
    }

    private mutating func removeFirst(_ count: Int, of owner: OwnerID) {
        guard let kept = lines[owner]?.events.count else { return }
        // In place: a copy of the line would copy all that it keeps.
        bytes -= lines[owner]?.removeFirst(count) ?? 0
        self.count -= min(count, kept)
    }
}
