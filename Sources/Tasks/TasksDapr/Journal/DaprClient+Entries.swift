internal import Dapr

extension DaprClient {
    /// Reads what is stored under a key, as it is now; nil proves that there is nothing.
    func entry(
        _ store: StateStoreName,
        _ key: StateKey,
        trace: TraceContext? = nil
    ) async throws(JournalFailure) -> StateEntry? {
        do throws(DaprError) {
            return try await getState(key, in: store, consistency: .strong, trace: trace)
        } catch {
            throw .store(error)
        }
    }

    /// Reads what is stored under some keys.
    ///
    /// - Parameters:
    ///   - store: the state store.
    ///   - keys: as many as are wanted.
    ///   - keysPerCall: how many are asked for with one call, fewer when an answer is too long.
    ///   - trace: the trace to continue.
    /// - Returns: what is there; a key that has nothing is not in it.
    /// - Throws: ``JournalFailure/store(_:)``, and ``JournalFailure/notRead(key:)`` when a single one could not be read.
    func entries(
        _ store: StateStoreName,
        _ keys: some Collection<StateKey>,
        keysPerCall: Int = 1024,
        trace: TraceContext? = nil
    ) async throws(JournalFailure) -> [StateKey: StateEntry] {
        var entries: [StateKey: StateEntry] = [:]
        var rest = keys[...]
        var count = keysPerCall
        while !rest.isEmpty {
            let asked = Array(rest.prefix(count))
            let found: [StateKey: BulkStateResult]
            do throws(DaprError) {
                found = try await getBulkState(asked, in: store, trace: trace)
            } catch {
                guard case .answerTooLarge? = error.transportError, asked.count > 1 else { throw .store(error) }
                count = asked.count / 2
                continue
            }
            for key in asked {
                switch found[key] {
                case .found(let entry): entries[key] = entry
                case .missing: break
                case .failed, nil: throw .notRead(key: key.rawValue)
                }
            }
            rest = rest.dropFirst(count)
        }
        return entries
    }
}
