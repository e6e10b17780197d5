internal import Synchronization

/// Someone who waits for its turn, or for what another did for it.
final class Waiter<Turn: Sendable>: Sendable {
    private let continuation = Mutex<CheckedContinuation<Turn, Never>?>(nil)

    /// Lets `resume` wake the one that waits.
    func wait(_ continuation: CheckedContinuation<Turn, Never>) {
        self.continuation.withLock { $0 = continuation }
    }

    /// Wakes the one that waits; does nothing for one that does not, or was woken before.
    func resume(_ turn: Turn) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: turn)
    }
}
