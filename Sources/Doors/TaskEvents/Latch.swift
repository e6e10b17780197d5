import Synchronization

/// Makes one task wait until another opens the latch, once.
final class Latch: Sendable {
    private enum State {
        case closed(CheckedContinuation<Void, Never>?)
        case open
    }

    private let state = Mutex(State.closed(nil))

    /// Resumes the waiting task; later calls of ``wait()`` return at once.
    func open() {
        let waiting = state.withLock { state in
            defer { state = .open }
            if case .closed(let waiting) = state { return waiting }
            return nil
        }
        waiting?.resume()
    }

    /// Waits until the latch is open.
    ///
    /// Only one task may wait.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if case .open = state { return true }
                state = .closed(continuation)
                return false
            }
            if isOpen { continuation.resume() }
        }
    }
}
