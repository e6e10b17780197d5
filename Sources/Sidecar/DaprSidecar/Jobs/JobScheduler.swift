import DaprText
import Synchronization

/// Schedules the jobs of one application: starts each when it is due, while deliveries are open.
///
/// The order of calls is ``load(_:)``, ``run()``, which lasts until ``close()``, and then ``drain()``.
final class JobScheduler: Sendable {
    /// The outcome of one attempt.
    enum Outcome: Sendable {
        case succeeded
        case failed
        /// The sidecar is stopping: the attempt does not count.
        case cutShort
    }

    /// Why a job is not scheduled.
    enum Refusal: Error {
        case exists
        case unusable(JobFault)
        /// The store failed; the number is the revision of the job to withdraw.
        case notKept(JobStoreError, Int)
    }

    private struct Entry {
        var job: ScheduledJob
        /// Distinguishes the job from a later one of the same name.
        let revision: Int
        var isRunning = false
    }

    private struct State {
        var jobs: [ExactText: Entry] = [:]
        var revision = 0
        var isOpen = false
        var isClosed = false
        var store: (any JobStore)?
        var running: [Int: Task<Void, Never>] = [:]
        var waiter: CheckedContinuation<Void, Never>?
        var isWoken = false
        /// When the loop wakes by itself.
        var nextLook: WallTime?
        var isEnded = false

        mutating func insert(_ job: ScheduledJob, _ name: String) {
            revision += 1
            jobs[name] = Entry(job: job, revision: revision)
        }

        /// Hands a change to the store, if there is one; called under the lock, so that changes of one job keep their
        /// order.
        func submit(_ change: JobChange, done: @escaping @Sendable (JobStoreError?) -> Void) {
            if isEnded { return done(JobStoreError("the sidecar ends")) }
            if let store { store.submit(change, done: done) } else { done(nil) }
        }
    }

    private let surroundings: Surroundings
    private let files: any ResourceFiles
    private let deliver: @Sendable (_ name: String, _ job: JobDefinition) async -> Outcome
    private let complain: @Sendable (_ name: String, _ reason: String) -> Void
    private let state = Mutex(State())

    /// The longest sleep, because the wall clock may be set meanwhile.
    private static let longestSleep = Duration.seconds(30)
    /// The most runs in progress at a time, so that the application is not flooded.
    private static let runLimit = 100

    /// Creates a scheduler without jobs.
    ///
    /// - Parameters:
    ///   - surroundings: Time and waiting.
    ///   - files: The source of time zones.
    ///   - deliver: Delivers a run to the application, once.
    ///   - complain: Called for a job that cannot be stored or restored.
    init(
        surroundings: Surroundings,
        files: any ResourceFiles,
        deliver: @escaping @Sendable (_ name: String, _ job: JobDefinition) async -> Outcome,
        complain: @escaping @Sendable (_ name: String, _ reason: String) -> Void
    ) {
        self.surroundings = surroundings
        self.files = files
        self.deliver = deliver
        self.complain = complain
    }

    /// Restores the jobs of a store, and stores changes in it from now on.
    func load(_ store: any JobStore) async throws(JobStoreError) {
        let kept = try await store.all()
        state.withLock { state in
            state.store = store
            for row in kept {
                do throws(JobFault) {
                    guard let job = try ScheduledJob(kept: row.document, files: files) else { continue }
                    state.insert(job, row.name)
                } catch {
                    complain(row.name, "\(error)")
                }
            }
        }
    }

    /// Schedules a job; returns when it is stored.
    func schedule(_ name: String, _ definition: JobDefinition, overwrites: Bool) async throws(Refusal) {
        let job: ScheduledJob?
        do throws(JobFault) {
            job = try ScheduledJob(definition, now: surroundings.now(), files: files)
        } catch {
            throw .unusable(error)
        }
        let result: Result<Void, Refusal> = await withCheckedContinuation { continuation in
            let isTaken = state.withLock { state in
                if !overwrites, state.jobs[name] != nil { return false }
                if let job { state.insert(job, name) } else { state.jobs[name] = nil }
                let revision = state.revision
                let change = job.map { JobChange.keep(KeptJob(name: name, document: $0.kept)) } ?? .forget(name: name)
                // The store may call this under the lock, so it may only resume.
                state.submit(change) { error in
                    continuation.resume(returning: error.map { .failure(.notKept($0, revision)) } ?? .success(()))
                }
                return true
            }
            if !isTaken { continuation.resume(returning: .failure(.exists)) }
        }
        if case .failure(.notKept(_, let revision)) = result { withdraw(name, revision) }
        if let job { wake(for: job.next) }
        try result.get()
    }

    /// The job of this name; `nil` when there is none, or it has ended.
    func job(_ name: String) -> JobDefinition? { state.withLock { $0.jobs[name]?.job.definition } }

    /// Deletes a job, if there is one; a run in progress is not interrupted.
    func delete(_ name: String) async throws(JobStoreError) {
        let error: JobStoreError? = await withCheckedContinuation { continuation in
            state.withLock { state in
                state.jobs[name] = nil
                state.submit(.forget(name: name)) { continuation.resume(returning: $0) }
            }
        }
        if let error { throw error }
    }

    /// Sets whether runs may begin; jobs that fall due while they may not wait.
    func setOpen(_ isOpen: Bool) {
        state.withLock { $0.isOpen = isOpen }
        wake()
    }

    /// Starts due jobs until ``close()``.
    func run() async {
        while true {
            let timer: Task<Void, Never>?
            switch startDue() {
            case .never: return
            case .whenWoken: timer = nil
            case .after(let wait):
                let sleep = surroundings.sleep
                timer = Task {
                    do throws(CancellationError) {
                        try await sleep(wait)
                        self.wake()
                    } catch {
                        return
                    }
                }
            }
            await untilWoken()
            timer?.cancel()
        }
    }

    /// Starts no further run.
    func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    /// Waits for the runs in progress.
    func drain() async {
        for task in state.withLock({ Array($0.running.values) }) { await task.value }
    }

    /// Cancels the runs in progress, which will be repeated, and closes the store.
    func end() async {
        let (running, store) = state.withLock { state in
            defer {
                state.store = nil
                state.isEnded = true
            }
            return (Array(state.running.values), state.store)
        }
        for task in running { task.cancel() }
        await store?.close()
    }

    // MARK: Running

    /// When to look for due jobs again.
    private enum NextLook {
        /// The scheduler is closed.
        case never
        /// Nothing falls due by itself.
        case whenWoken
        case after(Duration)
    }

    /// Starts the jobs that are due.
    private func startDue() -> NextLook {
        let now = surroundings.now()
        return state.withLock { state in
            if state.isClosed { return .never }
            var wait: Duration?
            defer { state.nextLook = wait.map { now.adding($0) } }
            guard state.isOpen else { return .whenWoken }
            var due: [(name: ExactText, entry: Entry)] = []
            for (name, entry) in state.jobs where !entry.isRunning {
                if entry.job.next > now {
                    wait = min(wait ?? Self.longestSleep, now.duration(to: entry.job.next))
                } else {
                    due.append((name, entry))
                }
            }
            due.sort { $0.entry.job.next < $1.entry.job.next }
            for (name, entry) in due.prefix(max(Self.runLimit - state.running.count, 0)) {
                state.jobs[name]?.isRunning = true
                let (revision, definition) = (entry.revision, entry.job.definition)
                // An unstructured task, because a run outlives the loop: it ends with ``drain()`` or ``end()``.
                state.running[revision] = Task { await self.attempt(name.text, revision, definition) }
            }
            return wait.map { .after($0) } ?? .whenWoken
        }
    }

    private func attempt(_ name: String, _ revision: Int, _ definition: JobDefinition) async {
        let outcome = await deliver(name, definition)
        let next: WallTime? = state.withLock { state in
            // At the limit, others may have been waiting for this run to end.
            let wasFull = state.running.count >= Self.runLimit
            state.running[revision] = nil
            let soonest = wasFull ? WallTime(nanoseconds: .min) : nil
            guard var entry = state.jobs[name], entry.revision == revision else { return soonest }
            entry.isRunning = false
            let goesOn: Bool
            switch outcome {
            case .succeeded: goesOn = entry.job.succeeded()
            case .failed: goesOn = entry.job.failed()
            case .cutShort:
                state.jobs[name] = entry
                return soonest
            }
            state.jobs[name] = goesOn ? entry : nil
            let change = goesOn ? JobChange.keep(KeptJob(name: name, document: entry.job.kept)) : .forget(name: name)
            state.submit(change) { error in
                // The run is repeated after a restart, which at-least-once delivery allows.
                if let error { self.complain(name, "\(error)") }
            }
            return soonest ?? (goesOn ? entry.job.next : nil)
        }
        if let next { wake(for: next) }
    }

    /// Removes a job that could not be stored.
    private func withdraw(_ name: String, _ revision: Int) {
        state.withLock { state in
            if state.jobs[name]?.revision == revision { state.jobs[name] = nil }
        }
    }

    // MARK: Waiting

    private func untilWoken() async {
        await withCheckedContinuation { continuation in
            let isWoken = state.withLock { state in
                if !state.isWoken { state.waiter = continuation }
                defer { state.isWoken = false }
                return state.isWoken
            }
            if isWoken { continuation.resume() }
        }
    }

    /// Wakes the loop if it would otherwise wake after `moment`.
    private func wake(for moment: WallTime) {
        let isTooLate = state.withLock { state in state.nextLook.map { moment < $0 } ?? true }
        if isTooLate { wake() }
    }

    private func wake() {
        let waiter = state.withLock { state in
            state.isWoken = state.waiter == nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
