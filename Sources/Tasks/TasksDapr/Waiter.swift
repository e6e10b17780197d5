internal import Synchronization

/// A caller that waits for its turn, or for an answer from another.
final class Waiter<Turn: Sendable>: Sendable {
    private let continuation = Mutex<CheckedContinuation<Turn, Never>?>(nil)

    /// Registers the continuation that ``resume(_:)`` wakes.
    func wait(_ continuation: CheckedContinuation<Turn, Never>) {
        self.continuation.withLock { $0 = continuation }
    }

    /// Wakes the waiting caller; does nothing if there is none or it was woken before.
    func resume(_ turn: Turn) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: turn)
    }
}
