import Synchronization

/// Lets one wait until another opens it, once.
final class Latch: Sendable {
    private enum State {
        case closed(CheckedContinuation<Void, Never>?)
        case open
    }

    private let state = Mutex(State.closed(nil))

    /// Lets the one that waits go on, and nobody wait from now on.
    func open() {
        let waiting = state.withLock { state in
            defer { state = .open }
            if case .closed(let waiting) = state { return waiting }
            return nil
        }
        waiting?.resume()
    }

    /// Waits until it is open.
    ///
    /// Only one may wait.
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
