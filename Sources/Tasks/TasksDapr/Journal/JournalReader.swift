package import Dapr
package import Tasks

/// Reads one owner's journal.
package struct JournalReader: Sendable {
    /// How many keys a bulk read asks for at first, and at most.
    private static let window = 64...1024

    let dapr: DaprClient
    let store: StateStoreName
    package let keys: JournalKeys
    let trace: TraceContext?
    /// Where single keys are read, when they may share a call.
    var reads: SharedReads?
    /// Who is told how calls end.
    private let watch: StoreWatch?

    /// Makes a reader; it calls nothing yet.
    package init(dapr: DaprClient, store: StateStoreName, owner: OwnerID) {
        self.init(dapr: dapr, store: store, owner: owner, trace: nil, watch: nil)
    }

    /// Makes a reader that continues a trace and has its calls watched.
    init(dapr: DaprClient, store: StateStoreName, owner: OwnerID, trace: TraceContext?, watch: StoreWatch?) {
        self.dapr = dapr
        self.store = store
        keys = JournalKeys(owner)
        self.trace = trace
        self.watch = watch
    }

    /// What is stored under a key, asked for alone: nil proves that there is nothing.
    package func sole(_ key: StateKey) async throws(JournalFailure) -> StateEntry? {
        try await watched(by: watch) { () async throws(JournalFailure) in
            try await dapr.entry(store, key, trace: trace)
        }
    }

    /// What is stored under a key, given what a bulk read found: that it found nothing is no proof.
    func certain(_ found: StateEntry?, _ key: StateKey) async throws(JournalFailure) -> StateEntry? {
        if let found { return found }
        return try await sole(key)
    }

    /// What is stored under each of some keys, with one call.
    ///
    /// A key that is not in the answer may have a value all the same: a sidecar whose connection to the store ends in the middle answers
    /// as if it had none. See ``certain(_:_:)``.
    package func entries(_ keys: some Collection<StateKey>) async throws(JournalFailure) -> [StateKey: StateEntry] {
        try await watched(by: watch) { () async throws(JournalFailure) in
            try await dapr.entries(store, keys, trace: trace)
        }
    }

    /// The documents of those of some sequences that begin a commit, in order, as far as a bulk read finds them.
    func starts(
        in sequences: some Collection<Int>
    ) async throws(JournalFailure) -> [(sequence: Int, entry: StateEntry)] {
        let found = try await entries(sequences.map(keys.commit))
        return sequences.compactMap { sequence in found[keys.commit(sequence)].map { (sequence, $0) } }
    }

    /// The commit that begins at a sequence; nil proves that the journal ends before it.
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

    /// Whether a commit is in the store, asked for alone.
    func hasCommit(_ mark: CommitMark) async throws(JournalFailure) -> Bool {
        guard let entry = try await sole(keys.commit(mark.sequence)) else { return false }
        return try decoded(entry, mark.sequence).id == mark.id
    }

    /// Hands over every commit from a sequence on, in order, until the first that is missing or follows another than the one before it, or
    /// the body returns false.
    ///
    /// With `last` it asks for none that begins after it, which is known to be the journal's end or far enough.
    ///
    /// A commit of several changes leaves the keys of all but its first unused, so what is asked for in bulk is a window of
    /// sequences; it grows while there is more.
    ///
    /// - Parameters:
    ///   - first: where to begin.
    ///   - previous: the identifier of the commit before it; nil when it is not known, and the first is taken as it is.
    ///   - last: the last sequence of interest.
    ///   - body: takes a commit, and says whether to go on.
    /// - Returns: the sequences of records that were met and that the journal does not lead to: they are stranded.
    /// - Throws: ``JournalFailure`` when the store does not answer or a record cannot be read, and what the body throws.
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
        // Sequences may come from outside, and be any number.
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

    /// Reads the record that was found for a sequence.
    func decoded(_ entry: StateEntry, _ sequence: Int) throws(JournalFailure) -> CommitRecord {
        do throws(TaskError) {
            return try CommitRecord(decoding: entry.value, sequence: sequence, key: keys.commit(sequence).rawValue)
        } catch {
            throw .book(error)
        }
    }
}
