import Synchronization
import Tasks

@testable import TasksDapr

/// A journal in memory.
final class StubSource: ChangeSource {
    private let state: Mutex<(changes: [ActivityChange], calls: Int, callsLeft: Int)>

    init(_ changes: [ActivityChange]) { state = Mutex((changes, 0, .max)) }

    /// Lets it fail after so many more calls.
    func fail(after calls: Int) { state.withLock { $0.callsLeft = calls } }

    var calls: Int { state.withLock { $0.calls } }

    /// Has these changes from now on, instead of those it had.
    func add(_ changes: [ActivityChange]) { state.withLock { $0.changes = changes } }

    func forget(before sequence: Int) { state.withLock { $0.changes.removeAll { $0.sequence < sequence } } }

    func changes(
        of owner: OwnerID,
        after sequence: Int,
        told: Int,
        limit: Int
    ) async throws(TaskError) -> [ActivityChange] {
        let found: [ActivityChange]? = state.withLock { state in
            state.calls += 1
            guard state.callsLeft > 0 else { return nil }
            state.callsLeft -= 1
            return Array(state.changes.filter { $0.sequence > sequence }.prefix(limit))
        }
        guard let found else { throw .storeUnavailable(retryAfter: .seconds(1)) }
        return found
    }
}
