internal import CDaprLinux
import Glibc
import Synchronization

/// One thread that waits for descriptors, timers and jobs with epoll, and runs the tasks that prefer it.
///
/// A task started with `Task.immediate(executorPreference: loop)` stays on the loop's thread between its awaits, so
/// state that it shares with the loop's own callbacks needs no lock. Everything marked *loop thread only* may be called
/// from such a task, from a callback of the loop, or through ``submit(_:)``.
///
/// Long computations and blocking calls must not run here: they would hold up every other connection of the loop.
@safe
package final class EventLoop: TaskExecutor, @unchecked Sendable {
    // Shared by all threads: `inbox` under its lock, `hasMail` as a hint that saves taking the lock.
    private let inbox = Mutex(Inbox())
    private let hasMail = Atomic(false)
    private let wakeDescriptor: CInt
    private let epoll: CInt
    private let thread = Mutex<LoopThread?>(nil)

    // Owned by the loop's thread; nothing else touches them, which is what makes `@unchecked Sendable` true.
    private var descriptors: [Registration?] = Array(repeating: nil, count: 64)
    private var timers = TimerHeap()
    /// When this turn began; read once a turn, because timers need no finer time.
    private var turnTime = MonotonicTime.now
    /// When the first of what happens in this turn may have become ready.
    private var readySince = MonotonicTime.now
    private var localJobs: [UnownedJob] = []
    private var dirty: [any LoopSource] = []
    private var retained: [ObjectIdentifier: AnyObject] = [:]

    /// Creates a loop and starts its thread.
    ///
    /// - Throws: ``EventLoopError`` when the system has no descriptor or thread left.
    package init() throws(EventLoopError) {
        let epoll = epoll_create1(clinux_epoll_cloexec)
        guard epoll >= 0 else { throw EventLoopError(operation: "epoll_create1", code: errno) }
        let wake = clinux_eventfd()
        guard wake >= 0 else {
            let code = errno
            close(epoll)
            throw EventLoopError(operation: "eventfd", code: code)
        }
        self.epoll = epoll
        wakeDescriptor = wake
        guard clinux_epoll_ctl(epoll, clinux_epoll_add, wake, clinux_epoll_in) == 0 else {
            throw EventLoopError(operation: "epoll_ctl", code: errno)
        }
        let started = try LoopThread { [self] in run() }
        thread.withLock { $0 = started }
    }

    deinit {
        close(wakeDescriptor)
        close(epoll)
    }

    // MARK: Any thread

    /// The loop whose thread this is; `nil` on any other thread.
    package static var current: EventLoop? { LoopThread.currentLoop }

    /// Whether the caller is on this loop's thread.
    package var isCurrent: Bool { EventLoop.current === self }

    /// Runs the work on the loop's thread, soon; work from one thread runs in the order of submission.
    package func submit(_ work: @escaping @Sendable () -> Void) {
        post(.work(work))
    }

    /// Enqueues a job of a task that prefers this loop.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            localJobs.append(job)
        } else {
            post(.job(job))
        }
    }

    /// Ends the loop after everything due has run, and waits for its thread.
    ///
    /// Blocks, so never call it on the loop itself. A job that arrives later runs on a thread of its own, so that no
    /// task is lost.
    package func stop() {
        precondition(!isCurrent, "a loop cannot wait for itself")
        let wake = inbox.withLock { inbox in
            inbox.isStopping = true
            defer { inbox.isSleeping = false }
            return inbox.isSleeping
        }
        if wake { wakeUp() }
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }

    private func post(_ item: Mail) {
        let (wake, stopped) = inbox.withLock { inbox -> (Bool, Bool) in
            if inbox.hasStopped { return (false, true) }
            inbox.items.append(item)
            defer { inbox.isSleeping = false }
            return (inbox.isSleeping, false)
        }
        if stopped {
            LoopThread.runDetached { [self] in perform(item) }
            return
        }
        hasMail.store(true, ordering: .releasing)
        if wake { wakeUp() }
    }

    private func wakeUp() {
        var one: UInt64 = 1
        // A full counter (EAGAIN) means that a wake-up is already on its way.
        _ = unsafe write(wakeDescriptor, &one, 8)
    }

    // MARK: Loop thread only: descriptors

    /// Calls the handler whenever the descriptor is ready (level-triggered); registering again changes interest and
    /// handler.
    ///
    /// *Loop thread only.* The handler is retained until ``unregister(_:)`` or ``forget(_:)``.
    package func register(
        _ descriptor: CInt,
        for interest: DescriptorEvents,
        _ handler: any DescriptorHandler
    ) throws(EventLoopError) {
        guard descriptor >= 0 else { throw EventLoopError(operation: "epoll_ctl", code: EBADF) }
        let index = Int(descriptor)
        if index >= descriptors.count {
            descriptors += Array(repeating: nil, count: max(descriptors.count, index + 1 - descriptors.count))
        }
        let known = descriptors[index]
        if let known, known.interest == interest {
            if known.handler !== handler { descriptors[index] = Registration(interest: interest, handler: handler) }
            return
        }
        try control(known == nil ? clinux_epoll_add : clinux_epoll_mod, descriptor, interest)
        descriptors[index] = Registration(interest: interest, handler: handler)
    }

    /// Whether the descriptor is registered.
    ///
    /// *Loop thread only.*
    package func isRegistered(_ descriptor: CInt) -> Bool {
        descriptors.indices.contains(Int(descriptor)) && descriptors[Int(descriptor)] != nil
    }

    /// Ends the interest in a descriptor that stays open.
    ///
    /// *Loop thread only.*
    package func unregister(_ descriptor: CInt) {
        guard isRegistered(descriptor) else { return }
        descriptors[Int(descriptor)] = nil
        // The descriptor may already be closed, in which case epoll has removed it by itself.
        _ = clinux_epoll_ctl(epoll, clinux_epoll_del, descriptor, 0)
    }

    /// Forgets a descriptor that is being closed, because closing removes it from epoll.
    ///
    /// *Loop thread only.*
    package func forget(_ descriptor: CInt) {
        guard isRegistered(descriptor) else { return }
        descriptors[Int(descriptor)] = nil
    }

    private func control(_ operation: CInt, _ descriptor: CInt, _ interest: DescriptorEvents) throws(EventLoopError) {
        if clinux_epoll_ctl(epoll, operation, descriptor, interest.epollMask) == 0 { return }
        // The table and epoll can disagree about a descriptor that was closed and opened again; then the other
        // operation is right.
        let other: CInt
        switch errno {
        case EEXIST: other = clinux_epoll_mod
        case ENOENT: other = clinux_epoll_add
        default: throw EventLoopError(operation: "epoll_ctl", code: errno)
        }
        guard clinux_epoll_ctl(epoll, other, descriptor, interest.epollMask) == 0 else {
            throw EventLoopError(operation: "epoll_ctl", code: errno)
        }
    }

    // MARK: Loop thread only: timers and sources

    /// When this turn of the loop began; timers are set from this time.
    ///
    /// *Loop thread only.*
    package var now: MonotonicTime { turnTime }

    /// The longest that what happens now can have waited for this loop.
    ///
    /// It became ready in this turn, or, when the loop did not have to wait for it, during the turn before.
    /// *Loop thread only.*
    package var longestWait: Duration { MonotonicTime.now - readySince }

    /// Fires the timer after `delay`; a timer that is already set is moved.
    ///
    /// *Loop thread only.*
    package func set(_ timer: LoopTimer, after delay: Duration) {
        timers.set(timer, at: turnTime + delay)
    }

    /// Cancels the timer, if it is set.
    ///
    /// *Loop thread only.*
    package func cancel(_ timer: LoopTimer) {
        timers.remove(timer)
    }

    /// Runs the source before the loop waits again.
    ///
    /// *Loop thread only.*
    package func markDirty(_ source: any LoopSource) {
        dirty.append(source)
    }

    /// Keeps an object alive as long as the loop, for C callbacks that point to it.
    ///
    /// *Loop thread only.*
    package func retain(_ object: AnyObject) {
        retained[ObjectIdentifier(object)] = object
    }

    /// Releases an object that ``retain(_:)`` holds.
    ///
    /// *Loop thread only.*
    package func release(_ object: AnyObject) {
        retained[ObjectIdentifier(object)] = nil
    }

    // MARK: The loop

    private func run() {
        LoopThread.currentLoop = self
        var turnBegan = turnTime
        unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { events in
            while true {
                turnTime = .now
                var timeout = localJobs.isEmpty && dirty.isEmpty ? timers.millisecondsToNext(now: turnTime) : 0
                let goOn = inbox.withLock { inbox in
                    if !inbox.items.isEmpty { timeout = 0 }
                    if inbox.isStopping && timeout != 0 {
                        inbox.hasStopped = true
                        return false
                    }
                    inbox.isSleeping = timeout != 0
                    return true
                }
                guard goOn else { break }
                let (before, asked) = (turnBegan, turnTime)
                let count = unsafe epoll_wait(epoll, events.baseAddress, 256, timeout)
                turnTime = .now
                turnBegan = turnTime
                // What was ready when the loop asked was there at once.
                readySince = turnTime - asked < .milliseconds(1) ? before : turnTime
                if timeout != 0 { inbox.withLock { $0.isSleeping = false } }
                if count > 0 {
                    for index in 0..<Int(count) {
                        guard let event = unsafe events.baseAddress.map({ unsafe $0 + index }) else { break }
                        unsafe dispatch(
                            clinux_event_descriptor(event),
                            DescriptorEvents(epollMask: clinux_event_mask(event))
                        )
                    }
                }
                settle()
            }
        }
        descriptors = []
        retained = [:]
        LoopThread.currentLoop = nil
    }

    private func dispatch(_ descriptor: CInt, _ events: DescriptorEvents) {
        if descriptor == wakeDescriptor {
            var count: UInt64 = 0
            _ = unsafe read(wakeDescriptor, &count, 8)
            return
        }
        guard isRegistered(descriptor) else { return }
        descriptors[Int(descriptor)]?.handler.descriptorIsReady(descriptor, events)
    }

    /// Runs everything that is due, for at most 64 rounds: then descriptors get their turn again.
    private func settle() {
        var jobs: [UnownedJob] = []
        var sources: [any LoopSource] = []
        for _ in 0..<64 {
            var worked = false
            if hasMail.exchange(false, ordering: .acquiringAndReleasing) {
                var mail: [Mail] = []
                inbox.withLock { swap(&$0.items, &mail) }
                for item in mail { perform(item) }
                worked = !mail.isEmpty
            }
            for timer in timers.takeDue(now: turnTime) {
                timer.fireIfDue()
                worked = true
            }
            if !localJobs.isEmpty {
                swap(&jobs, &localJobs)
                for job in jobs { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
                jobs.removeAll(keepingCapacity: true)
                worked = true
            }
            if !dirty.isEmpty {
                swap(&sources, &dirty)
                for source in sources { source.runPending() }
                sources.removeAll(keepingCapacity: true)
                worked = true
            }
            if !worked { break }
        }
    }

    private func perform(_ item: Mail) {
        switch item {
        case .work(let work): work()
        case .job(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    @safe
    private enum Mail {
        case work(@Sendable () -> Void)
        case job(UnownedJob)
    }

    private struct Inbox {
        var items: [Mail] = []
        var isSleeping = false
        var isStopping = false
        var hasStopped = false
    }

    private struct Registration {
        let interest: DescriptorEvents
        let handler: any DescriptorHandler
    }
}
