import Synchronization

/// Bounds a call that cannot be cancelled.
enum Deadline {
    /// Returns the call's result, or throws `timedOut` after `timeout`; the call then goes on, and its result is
    /// ignored.
    static func run<Value: Sendable, Failure: Error>(
        within timeout: Duration,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void,
        else timedOut: Failure,
        _ attempt: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let box = Box<Result<Value, Failure>>()
        // An unstructured task, because this one must not wait for an attempt that has timed out.
        Task {
            do throws(Failure) {
                box.fill(.success(try await attempt()))
            } catch {
                box.fill(.failure(error))
            }
        }
        let timer = Task {
            do throws(CancellationError) {
                try await sleep(timeout)
                box.fill(.failure(timedOut))
            } catch {
                return
            }
        }
        defer { timer.cancel() }
        return try await withCheckedContinuation { box.wait($0) }.get()
    }

    /// Holds the first result, for one waiter.
    private final class Box<Value: Sendable>: Sendable {
        private enum State {
            case empty
            case waited(CheckedContinuation<Value, Never>)
            case filled(Value)
            case done
        }

        private let state = Mutex<State>(.empty)

        func fill(_ value: Value) {
            let waiter: CheckedContinuation<Value, Never>? = state.withLock { state in
                switch state {
                case .empty:
                    state = .filled(value)
                    return nil
                case .waited(let continuation):
                    state = .done
                    return continuation
                case .filled, .done: return nil
                }
            }
            waiter?.resume(returning: value)
        }

        func wait(_ continuation: CheckedContinuation<Value, Never>) {
            let value: Value? = state.withLock { state in
                guard case .filled(let value) = state else {
                    state = .waited(continuation)
                    return nil
                }
                state = .done
                return value
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
