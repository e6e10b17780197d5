import DaprSidecar
import Synchronization

/// A channel to the application with at most `limit` calls in progress; health checks are not held back.
final class LimitedAppChannel: AppChannel {
    private struct State {
        var free: Int
        var nextNumber = 0
        var waiting: [(number: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private let channel: any AppChannel
    private let state: Mutex<State>

    /// Creates a channel; `limit` below 1 counts as 1.
    init(channel: any AppChannel, limit: Int) {
        self.channel = channel
        state = Mutex(State(free: max(limit, 1)))
    }

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        if request.isHealthProbe { return try await channel.send(request) }
        guard await enter() else { throw .cancelled }
        defer { leave() }
        return try await channel.send(request)
    }

    /// Waits for a turn; `false` when the task was cancelled meanwhile.
    private func enter() async -> Bool {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((number, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                let index = state.waiting.firstIndex { $0.number == number }
                return index.map { state.waiting.remove(at: $0).continuation }
            }
            continuation?.resume(returning: false)
        }
    }

    private func leave() {
        let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
