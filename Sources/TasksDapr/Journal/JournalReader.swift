package import Dapr
package import Tasks

/// Reads one owner's journal.
package struct JournalReader: Sendable {
    /// How many keys a bulk read asks for at first, and at most.
    private static let window = 64...1024

    let dapr: DaprClient
    let store: StoreName
    package let keys: JournalKeys
    let trace: TraceContext?
    /// Where single keys are read, when they may share a call.
    var reads: SharedReads?

    /// Makes a reader; it calls nothing yet.
    package init(dapr: DaprClient, store: StoreName, owner: OwnerID, trace: TraceContext? = nil) {
        self.dapr = dapr
        self.store = store
        keys = JournalKeys(owner)
        self.trace = trace
    }

    /// What is stored under a key.
    package func entry(_ key: StateKey) async throws(JournalFailure) -> StateEntry? {
        do throws(DaprError) {
            if let reads { return try await reads.entry(key, trace: trace) }
            return try await dapr.state(store, key, consistency: .strong, trace: trace)
        } catch {
            throw .store(error)
        }
    }

    /// What is stored under each of some keys; a key that has nothing is not in the answer.
    package func entries(_ keys: some Collection<StateKey>) async throws(JournalFailure) -> [StateKey: StateEntry] {
        do throws(DaprError) {
            return try await dapr.entries(store, keys, trace: trace)
        } catch {
            throw .store(error)
        }
    }

    /// The documents of those of some sequences that begin a commit, in order.
    func starts(
        in sequences: some Collection<Int>
    ) async throws(JournalFailure) -> [(sequence: Int, entry: StateEntry)] {
        let found = try await entries(sequences.map(keys.commit))
        return sequences.compactMap { sequence in found[keys.commit(sequence)].map { (sequence, $0) } }
    }

    /// The commit that begins at a sequence; nil proves that the journal ends before it.
    package func commit(at sequence: Int) async throws(JournalFailure) -> CommitRecord? {
        try await entry(keys.commit(sequence)).map { entry throws(JournalFailure) in try decoded(entry, sequence) }
    }

    /// Hands over every commit from a sequence on, in order, until the first that is missing or the body returns false.
    ///
    /// A commit of several changes leaves the keys of all but its first unused, so what is asked for in bulk is a window of
    /// sequences; it grows while there is more.
    package func commits(
        from first: Int,
        _ body: (CommitRecord) throws(TaskError) -> Bool
    ) async throws(JournalFailure) {
        var next = first
        var count = JournalReader.window.lowerBound
        // Sequences may come from outside, and be any number.
        while next < .max {
            let end = min(next, .max - count) + count
            let found = try await entries((next..<end).map(keys.commit))
            while next < end {
                guard let entry = found[keys.commit(next)] else { return }
                let record = try decoded(entry, next)
                do throws(TaskError) {
                    guard try body(record) else { return }
                } catch {
                    throw .book(error)
                }
                next += record.entries.count
            }
            count = min(count * 2, JournalReader.window.upperBound)
        }
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
