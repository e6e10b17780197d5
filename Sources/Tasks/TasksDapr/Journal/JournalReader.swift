package import Dapr
package import Tasks

/// Reads one owner's journal.
package struct JournalReader: Sendable {
    /// The number of keys in the first bulk read, and the most in a later one.
    private static let window = 64...1024

    let dapr: DaprClient
    let store: StateStoreName
    package let keys: JournalKeys
    private(set) var trace: TraceContext?
    /// Reads single keys in shared calls; `nil` gives each a call of its own.
    var reads: SharedReads?
    /// Learns how calls end.
    private let watch: StoreWatch?

    /// Creates a reader that continues `trace`; makes no call yet.
    ///
    /// `watch` learns how the calls end. It has no default, because a server must pass the one that its books ask: a
    /// commit is lost if the only sign of a store that went back is a call that nobody watched. It is `nil` only in
    /// programs that keep no books.
    package init(
        dapr: DaprClient,
        store: StateStoreName,
        owner: OwnerID,
        trace: TraceContext? = nil,
        watch: StoreWatch?
    ) {
        self.dapr = dapr
        self.store = store
        keys = JournalKeys(owner)
        self.trace = trace
        self.watch = watch
    }

    /// The same reader, whose calls continue another span; `nil` changes nothing.
    func within(_ context: TraceContext?) -> JournalReader {
        var reader = self
        if let context { reader.trace = context }
        return reader
    }

    /// When a call to the store last went wrong; `nil` when none did, or nobody watches.
    var lastTrouble: ContinuousClock.Instant? { watch?.lastTrouble }

    /// Reads a key by itself; `nil` proves that it has no value.
    package func sole(_ key: StateKey) async throws(JournalFailure) -> StateEntry? {
        try await watched(by: watch) { () async throws(JournalFailure) in
            try await dapr.entry(store, key, trace: trace)
        }
    }

    /// Returns what a bulk read found for a key, or reads the key by itself after a miss, which proves nothing.
    func certain(_ found: StateEntry?, _ key: StateKey) async throws(JournalFailure) -> StateEntry? {
        if let found { return found }
        return try await sole(key)
    }

    /// Reads several keys in bulk.
    ///
    /// A key that is missing in the answer may still have a value: a sidecar whose connection to the store ends midway
    /// answers as if it had none. See ``certain(_:_:)``.
    package func entries(_ keys: some Collection<StateKey>) async throws(JournalFailure) -> [StateKey: StateEntry] {
        try await watched(by: watch) { () async throws(JournalFailure) in
            try await dapr.entries(store, keys, trace: trace)
        }
    }

    /// The documents of the commits that start at one of `sequences`, in order, as far as a bulk read finds them.
    func starts(
        in sequences: some Collection<Int>
    ) async throws(JournalFailure) -> [(sequence: Int, entry: StateEntry)] {
        let found = try await entries(sequences.map(keys.commit))
        return sequences.compactMap { sequence in found[keys.commit(sequence)].map { (sequence, $0) } }
    }

    /// Reads the commit that starts at a sequence; `nil` proves that the journal ends before it.
    package func commit(at sequence: Int) async throws(JournalFailure) -> CommitRecord? {
        let key = keys.commit(sequence)
        let entry: StateEntry?
        if let reads {
            entry = try await reads.entry(key, isOftenMissing: true, trace: trace)
        } else {
            entry = try await sole(key)
        }
        return try entry.map { entry throws(JournalFailure) in try decoded(entry, sequence) }
    }

    /// Whether a commit is in the store; its key is read by itself.
    func hasCommit(_ mark: CommitMark) async throws(JournalFailure) -> Bool {
        guard let entry = try await sole(keys.commit(mark.sequence)) else { return false }
        return try decoded(entry, mark.sequence).id == mark.id
    }

    /// Calls `body` with every commit from a sequence on, in order, until one is missing or does not follow the one
    /// before it, or `body` returns false.
    ///
    /// A commit of several changes leaves the keys of all but its first unused, so a bulk read asks for a window of
    /// sequences. The window grows while there is more.
    ///
    /// - Parameters:
    ///   - first: The sequence to start at.
    ///   - previous: The identifier of the commit before it; `nil` when unknown, and then any first commit is taken.
    ///   - last: The last sequence of interest; no commit is asked for that starts after it.
    ///   - body: Takes a commit, and returns whether to go on.
    /// - Returns: The sequences of stranded records that were met: the journal does not lead to them.
    /// - Throws: ``JournalFailure`` when the store does not answer or a record cannot be read, or the error of `body`.
    @discardableResult
    package func commits(
        from first: Int,
        after previous: String? = nil,
        through last: Int = .max,
        _ body: (CommitRecord) throws(JournalFailure) -> Bool
    ) async throws(JournalFailure) -> Set<Int> {
        var next = first
        var previous = previous
        var stranded: Set<Int> = []
        var count = JournalReader.window.lowerBound
        // A sequence may come from outside and be any number.
        while next <= last, next < .max {
            let end = min(min(next, .max - count) + count, last == .max ? .max : last + 1)
            let window = next..<end
            let found = try await entries(window.map(keys.commit))
            var journal: Set<Int> = []
            var isOver = false
            while next < end, !isOver {
                let key = keys.commit(next)
                let record = try await certain(found[key], key).map { entry throws(JournalFailure) in
                    try decoded(entry, next)
                }
                if let record, record.mayFollow(previous) {
                    guard try body(record) else { return stranded }
                    if found[key] != nil { journal.insert(next) }
                    previous = record.id
                    next += record.entries.count
                } else {
                    if record != nil { stranded.insert(next) }
                    isOver = true
                }
            }
            if found.count > journal.count {
                stranded.formUnion(window.filter { found[keys.commit($0)] != nil && !journal.contains($0) })
            }
            if isOver { break }
            count = min(count * 2, JournalReader.window.upperBound)
        }
        return stranded
    }

    /// Whether a commit is in the journal that ends with `end`.
    ///
    /// That the store has it proves nothing: it may be stranded. It is in the journal only if the commits after it,
    /// each by the identifier of the one before it, reach the end.
    func leads(from record: CommitRecord, to end: CommitMark) async throws(JournalFailure) -> Bool {
        var reached: CommitMark?
        try await commits(from: record.sequence) { found in
            if reached == nil, found.id != record.id { return false }
            reached = found.mark
            return reached != end
        }
        return reached == end
    }

    /// Decodes the record found for a sequence.
    func decoded(_ entry: StateEntry, _ sequence: Int) throws(JournalFailure) -> CommitRecord {
        do throws(TaskError) {
            return try CommitRecord(decoding: entry.value, sequence: sequence, key: keys.commit(sequence).rawValue)
        } catch {
            throw .book(error)
        }
    }
}
