import Foundation
import Synchronization
@_spi(ExperimentalScheduling) import _Concurrency

/// The queue of a run in ``VirtualTime``: what is ready, what waits for a time, and the time.
///
/// The runtime lets one function see every job on its way to the shared pool. Those that come from a thread which runs such a queue go into it;
/// all others pass. Sleeping finds the queue as the executor that the sleeping code runs on.
@safe
final class VirtualLoop: SerialExecutor, SchedulingExecutor, @unchecked Sendable {
    /// Why the queue stopped.
    enum End {
        case done
        case nothingToDo
        case limit
    }

    fileprivate struct Timer {
        let due: Int64
        let job: UnownedJob
    }

    // Touched by the one thread that runs the queue, only.
    private var numbers: SeededRandom
    private var ready: [UnownedJob] = []
    /// The latest first.
    private var timers: [Timer] = []
    private(set) var milliseconds: Int64 = 0

    init(seed: UInt64) { numbers = SeededRandom(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1) }

    /// Has what the body starts go into this queue.
    func asCurrent<Value>(_ body: () -> Value) -> Value {
        unsafe pthread_setspecific(VirtualLoop.key, Unmanaged.passUnretained(self).toOpaque())
        defer { pthread_setspecific(VirtualLoop.key, nil) }
        return body()
    }

    /// Takes steps until it is done, there is nothing more to do, or there were too many.
    func run(limit: Int, until isDone: () -> Bool) -> End {
        var steps = 0
        while !isDone() {
            if ready.isEmpty {
                guard let next = timers.last else { return .nothingToDo }
                milliseconds = max(milliseconds, next.due)
                while let timer = timers.last, timer.due <= milliseconds {
                    ready.append(timer.job)
                    timers.removeLast()
                }
            }
            steps += 1
            if steps > limit { return .limit }
            let place = numbers.below(ready.count)
            ready.swapAt(place, ready.count - 1)
            let job = ready.removeLast()
            unsafe job.runSynchronously(on: asUnownedSerialExecutor())
        }
        return .done
    }

    func enqueue(_ job: consuming ExecutorJob) { ready.append(UnownedJob(job)) }

    func enqueue<C: Clock>(_ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C) {
        enqueue(job, after: clock.now.duration(to: instant), tolerance: tolerance, clock: clock)
    }

    func enqueue<C: Clock>(_ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C) {
        // Rounded up: the machine's time goes on while an instant is made and looked at.
        let (seconds, attoseconds) = (delay as? Duration ?? .zero).components
        let rest = attoseconds / 1_000_000_000_000_000
        let wait = max(0, seconds * 1000 + rest + (rest * 1_000_000_000_000_000 < attoseconds ? 1 : 0))
        let timer = Timer(due: milliseconds + wait, job: UnownedJob(job))
        let place = timers.partitioningIndex { $0.due <= timer.due }
        timers.insert(timer, at: place)
    }
}

extension VirtualLoop {
    private typealias Enqueue = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Enqueue) -> Void

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        unsafe pthread_key_create(&key, nil)
        return key
    }()

    private static var current: VirtualLoop? {
        unsafe pthread_getspecific(key).map { unsafe Unmanaged<VirtualLoop>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Makes the runtime ask; once in a process.
    static let isReady: Bool = {
        // `swift_task_enqueueGlobal_hook` of stdlib/public/Concurrency/GlobalExecutor.cpp.
        guard let symbol = unsafe dlsym(dlopen(nil, RTLD_LAZY), "swift_task_enqueueGlobal_hook") else { return false }
        let hook: Hook = { job, original in
            if let loop = VirtualLoop.current { loop.ready.append(job) } else { original(job) }
        }
        unsafe symbol.assumingMemoryBound(to: Hook?.self).pointee = hook
        return true
    }()
}

extension [VirtualLoop.Timer] {
    /// The first place whose element fits, in an array whose fitting elements stand behind the others.
    fileprivate func partitioningIndex(_ fits: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if fits(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
