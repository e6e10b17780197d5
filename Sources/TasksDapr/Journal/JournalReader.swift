internal import Dapr
internal import Tasks

/// Why something of a journal could not be read or written.
indirect enum JournalFailure: Error {
    /// The store or the sidecar did not do it.
    case store(DaprError)
    /// What is stored cannot be used.
    case book(TaskError)
}

/// Reads one owner's journal.
struct JournalReader: Sendable {
    /// How many keys a bulk read asks for at first, and at most.
    private static let window = 64...1024

    let dapr: DaprClient
    let store: StoreName
    let keys: JournalKeys
    let trace: TraceContext?

    /// The commit that begins at a sequence; nil proves that the journal ends before it.
    func commit(at sequence: Int) async throws(JournalFailure) -> CommitRecord? {
        let key = keys.commit(sequence)
        let entry: StateEntry?
        do throws(DaprError) {
            entry = try await dapr.state(store, key, consistency: .strong, trace: trace)
        } catch {
            throw .store(error)
        }
        return try entry.map { entry throws(JournalFailure) in try decoded(entry, sequence) }
    }

    /// Hands over every commit from a sequence on, in order, until the first that is missing or the body returns false.
    ///
    /// A commit of several changes leaves the keys of all but its first unused, so what is asked for in bulk is a window of
    /// sequences; it grows while there is more, and shrinks when an answer is too long.
    func commits(from first: Int, _ body: (CommitRecord) throws(TaskError) -> Bool) async throws(JournalFailure) {
        var next = first
        var count = JournalReader.window.lowerBound
        while true {
            let found: [StateKey: BulkStateResult]
            do throws(DaprError) {
                found = try await dapr.states(store, (next..<next + count).map(keys.commit), trace: trace)
            } catch {
                guard case .answerTooLarge? = error.transportError, count > 1 else { throw .store(error) }
                count /= 2
                continue
            }
            let end = next + count
            while next < end {
                switch found[keys.commit(next)] {
                case .found(let entry):
                    let record = try decoded(entry, next)
                    do throws(TaskError) {
                        guard try body(record) else { return }
                    } catch {
                        throw .book(error)
                    }
                    next += record.changes.count
                case .missing:
                    return
                case .failed, nil:
                    throw .store(DaprError(.refused, operation: "POST state/{store}/bulk", status: 500))
                }
            }
            count = min(count * 2, JournalReader.window.upperBound)
        }
    }

    private func decoded(_ entry: StateEntry, _ sequence: Int) throws(JournalFailure) -> CommitRecord {
        do throws(TaskError) {
            return try CommitRecord(decoding: entry.value, sequence: sequence, key: keys.commit(sequence).rawValue)
        } catch {
            throw .book(error)
        }
    }
}
