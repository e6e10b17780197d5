import Glibc

/// Carries out the requests of a ``WorkerThread``; used on that thread only.
package protocol ThreadWorker: SendableMetatype {
    /// One request, which contains the callback for its answer.
    associatedtype Request: Sendable

    /// Carries out all waiting requests in order; called with none when the interval has passed without a request.
    func perform(_ requests: [Request])

    /// Answers finished requests that are not answered yet; called before the thread waits for requests, and at its
    /// end.
    func settle()

    /// Answers a request that will not be carried out, because the thread has ended.
    static func refuse(_ request: Request)
}

extension ThreadWorker {
    /// Does nothing: most workers answer as soon as they have finished a request.
    package func settle() {}
}

/// A dedicated thread for one worker, with a bounded queue in front of it.
///
/// Work that waits for a disk or a server must not run on an event loop or on the shared pool. All waiting requests are
/// handed to the worker together, so that it can make one transaction of them. ``stop()`` must be called: until then
/// the thread lives.
@safe
package final class WorkerThread<Worker: ThreadWorker>: @unchecked Sendable {
    // Sendable: `state` is touched only while `mutex` is held; the rest is constant.
    private struct State {
        var waiting: [Worker.Request] = []
        var isStopping = false
        var hasEnded = false
        var isAsleep = false
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state = State()
    private let capacity: Int
    private let batchLimit: Int
    private let interval: Duration?

    /// Starts a thread and creates its worker there; returns when the worker exists.
    ///
    /// - Parameters:
    ///   - capacity: The most requests that may wait.
    ///   - batchLimit: The most requests that are handed over together.
    ///   - interval: How often the worker is called even if no request waits; `nil` for never.
    ///   - failure: Converts the error of a thread that cannot be created.
    ///   - make: Creates the worker, on the new thread.
    /// - Returns: The thread, which lives until ``stop()``.
    /// - Throws: The error of `make`, or `failure` of the error of `pthread_create`.
    package static func start<Failure: Error>(
        capacity: Int,
        batchLimit: Int,
        interval: Duration? = nil,
        failure: @escaping @Sendable (EventLoopError) -> Failure,
        making make: @escaping @Sendable () throws(Failure) -> Worker
    ) async throws(Failure) -> WorkerThread {
        let thread = WorkerThread(capacity: capacity, batchLimit: batchLimit, interval: interval)
        let refusal: Failure? = await withCheckedContinuation { continuation in
            do throws(EventLoopError) {
                let handle = try LoopThread {
                    do throws(Failure) {
                        let worker = try make()
                        continuation.resume(returning: nil)
                        thread.live(worker)
                    } catch {
                        continuation.resume(returning: error)
                    }
                    thread.end()
                }
                handle.detach()
            } catch {
                continuation.resume(returning: failure(error))
            }
        }
        if let refusal { throw refusal }
        return thread
    }

    private init(capacity: Int, batchLimit: Int, interval: Duration?) {
        self.capacity = capacity
        self.batchLimit = max(batchLimit, 1)
        self.interval = interval
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// What happened to a submitted request.
    package enum Submission: Sendable {
        /// The request is in the queue.
        case accepted
        /// The queue is full with this many requests.
        case full(limit: Int)
        /// The thread is ending or has ended.
        case stopped
    }

    /// Submits a request, without waiting.
    package func submit(_ request: Worker.Request) -> Submission {
        locked { state in
            if state.isStopping { return .stopped }
            if state.waiting.count >= capacity { return .full(limit: capacity) }
            state.waiting.append(request)
            if state.isAsleep { unsafe pthread_cond_signal(condition) }
            return .accepted
        }
    }

    /// How many requests are waiting.
    package var waitingCount: Int { locked { $0.waiting.count } }

    /// Carries out the requests that still wait, releases the worker and ends the thread.
    package func stop() async {
        await withCheckedContinuation { continuation in
            let hasEnded = locked { state in
                state.isStopping = true
                if !state.hasEnded { state.watchers.append(continuation) }
                unsafe pthread_cond_signal(condition)
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    /// Runs the worker until the thread is stopped.
    private func live(_ worker: consuming Worker) {
        while true {
            if locked({ $0.waiting.isEmpty }) { worker.settle() }
            guard let batch = next() else { break }
            worker.perform(batch)
        }
    }

    /// Marks the thread as ended.
    private func end() {
        let (watchers, leftOver) = locked { state in
            state.hasEnded = true
            state.isStopping = true
            defer {
                state.watchers = []
                state.waiting = []
            }
            return (state.watchers, state.waiting)
        }
        for request in leftOver { Worker.refuse(request) }
        for watcher in watchers { watcher.resume() }
    }

    /// The waiting requests, up to the batch limit; empty when the interval has passed; `nil` at the end.
    private func next() -> [Worker.Request]? {
        // Not in `locked`, which has exclusive access to the state while its body runs: the wait releases the mutex to
        // threads that change it.
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        let deadline = interval.map { Self.deadline(after: $0) }
        while state.waiting.isEmpty {
            if state.isStopping { return nil }
            state.isAsleep = true
            let isInTime = wait(until: deadline)
            state.isAsleep = false
            if !isInTime, state.waiting.isEmpty { return [] }
        }
        if state.waiting.count <= batchLimit {
            defer { state.waiting = [] }
            return state.waiting
        }
        defer { state.waiting.removeFirst(batchLimit) }
        return Array(state.waiting.prefix(batchLimit))
    }

    /// Releases the mutex while waiting for a signal; `false` when the deadline came first.
    private func wait(until deadline: timespec?) -> Bool {
        guard var deadline else {
            unsafe pthread_cond_wait(condition, mutex)
            return true
        }
        return unsafe pthread_cond_timedwait(condition, mutex, &deadline) != ETIMEDOUT
    }

    private func locked<Result>(_ body: (inout State) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    private static func deadline(after interval: Duration) -> timespec {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        let (seconds, attoseconds) = interval.components
        let nanoseconds = now.tv_nsec + Int(attoseconds / 1_000_000_000)
        now.tv_sec =
            now.tv_sec.addingReportingOverflow(Int(clamping: seconds) + nanoseconds / 1_000_000_000).partialValue
        now.tv_nsec = nanoseconds % 1_000_000_000
        return now
    }
}
