internal import Dapr

extension DaprClient {
    /// Reads the current value of a key; `nil` proves that there is none.
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

    /// Reads the values of several keys.
    ///
    /// - Parameters:
    ///   - store: The state store.
    ///   - keys: The keys, in any number.
    ///   - keysPerCall: The most keys in one call; fewer when an answer is too long.
    ///   - trace: The trace to continue.
    /// - Returns: The values found; keys without a value are absent.
    /// - Throws: ``JournalFailure/store(_:)``, or ``JournalFailure/notRead(key:)`` when a key could not be read.
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
