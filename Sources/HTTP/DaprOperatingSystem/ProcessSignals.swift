internal import CDaprLinux
import DaprEventLoop
import Glibc
import Synchronization

/// Signals of the process as something to await, instead of code that runs in the middle of anything.
package enum ProcessSignals {
    /// Waits for the next of these signals; from the first call on they no longer end the process by themselves.
    ///
    /// A signal that comes while nobody waits for it is kept for the next call, once.
    ///
    /// - Returns: the signal's number, or 0 when the task was cancelled first or the system had nothing to watch them with.
    package static func wait(for signals: [CInt]) async -> CInt {
        let watch = watcher
        guard watch.install(signals) else { return 0 }
        let id = watch.newID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { watch.add(id, signals, $0) }
        } onCancel: {
            watch.cancel(id)
        }
    }

    private static let watcher = SignalWatcher()
}

/// Reads the numbers that the handler writes to a pipe, and hands them to whoever waits.
@safe
private final class SignalWatcher: Sendable {
    private let state = Mutex(State())

    func install(_ signals: [CInt]) -> Bool {
        state.withLock { state in
            if unsafe signalPipe < 0 {
                var ends: [CInt] = [-1, -1]
                guard unsafe clinux_pipe(&ends) == 0 else { return false }
                let reading = ends[0]
                unsafe signalPipe = ends[1]
                LoopThread.runDetached { [self] in
                    var number: UInt8 = 0
                    while unsafe read(reading, &number, 1) == 1 || errno == EINTR { deliver(CInt(number)) }
                }
            }
            for signal in signals where state.installed.insert(signal).inserted {
                var action = sigaction()
                unsafe action.__sigaction_handler.sa_handler = { number in
                    // Only what POSIX lists as safe in a handler: write(2). errno is put back for whoever was interrupted.
                    let before = errno
                    var byte = UInt8(truncatingIfNeeded: number)
                    _ = unsafe write(signalPipe, &byte, 1)
                    errno = before
                }
                action.sa_flags = SA_RESTART
                guard unsafe sigaction(signal, &action, nil) == 0 else { return false }
            }
            return true
        }
    }

    func newID() -> Int {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    func add(_ id: Int, _ signals: [CInt], _ continuation: CheckedContinuation<CInt, Never>) {
        let ready = state.withLock { state -> CInt? in
            if state.cancelled.remove(id) != nil { return 0 }
            if let kept = state.kept.firstIndex(where: signals.contains) { return state.kept.remove(at: kept) }
            state.waiters.append(Waiter(id: id, signals: signals, continuation: continuation))
            return nil
        }
        if let ready { continuation.resume(returning: ready) }
    }

    func cancel(_ id: Int) {
        let waiter = state.withLock { state -> Waiter? in
            if let index = state.waiters.firstIndex(where: { $0.id == id }) { return state.waiters.remove(at: index) }
            // The cancellation may come before the waiter.
            state.cancelled.insert(id)
            return nil
        }
        waiter?.continuation.resume(returning: 0)
    }

    private func deliver(_ signal: CInt) {
        let waiter = state.withLock { state -> Waiter? in
            if let index = state.waiters.firstIndex(where: { $0.signals.contains(signal) }) {
                return state.waiters.remove(at: index)
            }
            if !state.kept.contains(signal) { state.kept.append(signal) }
            return nil
        }
        waiter?.continuation.resume(returning: signal)
    }

    private struct Waiter {
        let id: Int
        let signals: [CInt]
        let continuation: CheckedContinuation<CInt, Never>
    }

    private struct State {
        var installed: Set<CInt> = []
        var kept: [CInt] = []
        var waiters: [Waiter] = []
        var cancelled: Set<Int> = []
        var lastID = 0
    }
}

/// The end of the pipe that the signal handler writes to.
///
/// Written once, under the watcher's lock, before the first handler is installed; read by handlers only after that.
nonisolated(unsafe) private var signalPipe: CInt = -1
