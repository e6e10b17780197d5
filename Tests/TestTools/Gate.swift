import Synchronization

/// Holds whoever comes until it is opened.
package final class Gate: Sendable {
    private let state: Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>

    package init(isOpen: Bool = false) { state = Mutex((isOpen, [])) }

    /// How many it holds.
    package var count: Int { state.withLock { $0.waiting.count } }

    package func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    package func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    package func close() { state.withLock { $0.isOpen = false } }
}
