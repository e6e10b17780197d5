internal import CDaprLinux
import DaprEventLoop
import Glibc
import Synchronization

/// A program started by this one, as the leader of a process group of its own.
///
/// It gets this process's standard output and error, and its standard input unless that is a terminal: a terminal's input belongs to
/// the group in front, and whoever else reads it is stopped. Being in another group, it does not get the terminal's Ctrl-C either;
/// it is for the owner to pass signals on.
///
/// It cannot outlive this process: the system kills it (`SIGKILL`) when this process ends without having ended it, by a `kill -9` for
/// example. Once it has ended, what is left of its group is killed as well. The price is a thread that waits for it, since the system
/// watches the thread that started the program.
package final class ChildProcess: Sendable {
    /// How a program ended.
    package enum End: Equatable, Sendable {
        /// With an exit code.
        case exited(Int32)
        /// By a signal.
        case killed(signal: Int32)

        /// The code as a shell tells it: 128 and the signal's number for a program that a signal ended.
        package var code: Int32 {
            switch self {
            case .exited(let code): code
            case .killed(let signal): 128 &+ signal
            }
        }
    }

    /// The number of the process and of its group.
    package let processID: Int32
    private let state: SharedState

    private init(processID: Int32, state: SharedState) {
        self.processID = processID
        self.state = state
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: The program, looked up in `PATH` when it names no folder, and its arguments.
    ///   - environment: All variables of the program.
    /// - Returns: The running program.
    /// - Throws: ``ChildProcessError/notStarted(program:code:)``.
    package static func start(
        _ arguments: [String],
        environment: [String: String]
    ) async throws(ChildProcessError) -> ChildProcess {
        let program = arguments.first ?? ""
        guard !program.isEmpty, arguments.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw .notStarted(program: program, code: EINVAL)
        }
        let state = SharedState()
        let outcome: Result<Int32, Errno> = await withCheckedContinuation { started in
            LoopThread.runDetached {
                var process: Int32 = 0
                let code = unsafe withCStrings(arguments) { arguments in
                    unsafe withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                        unsafe clinux_spawn(arguments, environment, SIGKILL, isatty(0) == 1 ? 0 : 1, &process)
                    }
                }
                guard code == 0 else { return started.resume(returning: .failure(Errno(code: code))) }
                started.resume(returning: .success(process))
                var status: Int32 = 0
                let waited = unsafe clinux_wait(process, &status)
                // Nobody else waits for this child, so the call cannot fail; should it, the child counts as killed.
                state.finish(
                    waited != 0 ? .killed(signal: SIGKILL) : status < 0 ? .killed(signal: -status) : .exited(status)
                )
            }
        }
        switch outcome {
        case .success(let process): return ChildProcess(processID: process, state: state)
        case .failure(let error): throw .notStarted(program: program, code: error.code)
        }
    }

    /// Waits for the program's end; may be called by several.
    package func end() async -> End {
        await withCheckedContinuation { state.add($0) }
    }

    /// Sends a signal to the program's group; does nothing once the program has ended.
    package func send(_ signal: Int32) {
        state.ifRunning { _ = kill(-processID, signal) }
    }

    private struct Errno: Error {
        let code: Int32
    }

    /// How the program stands, and who waits for its end.
    private final class SharedState: Sendable {
        private let state = Mutex((end: End?.none, waiters: [CheckedContinuation<End, Never>]()))

        func add(_ waiter: CheckedContinuation<End, Never>) {
            let end = state.withLock { state in
                if state.end == nil { state.waiters.append(waiter) }
                return state.end
            }
            if let end { waiter.resume(returning: end) }
        }

        func finish(_ end: End) {
            let waiters = state.withLock { state in
                state.end = end
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume(returning: end) }
        }

        func ifRunning(_ body: () -> Void) {
            state.withLock { if $0.end == nil { body() } }
        }
    }
}

/// Why a program was not started.
package enum ChildProcessError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system refused; the code is its `errno`.
    case notStarted(program: String, code: Int32)

    package var description: String {
        switch self {
        case .notStarted(let program, let code):
            "cannot start \(program.isEmpty ? "an empty command" : program): \(unsafe String(cString: strerror(code)))"
        }
    }
}

/// Lends texts as a C array that ends in NULL; they hold no NUL.
private func withCStrings<Result>(
    _ texts: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let pointers = unsafe texts.map { unsafe strdup($0) } + [nil]
    defer { for index in texts.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeBufferPointer { buffer in
        // An array that holds its NULL has an address.
        guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has no address") }
        return unsafe body(base)
    }
}
