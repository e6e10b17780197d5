import Glibc

/// A time of the system's monotonic clock, in nanoseconds.
package struct MonotonicTime: Comparable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static var now: MonotonicTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The time `delay` later; a duration too long to represent ends at the clock's last instant.
    package static func + (time: MonotonicTime, delay: Duration) -> MonotonicTime {
        let (seconds, attoseconds) = delay.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return MonotonicTime(nanoseconds: seconds < 0 ? .min : .max) }
        let (sum, tooFar) = time.nanoseconds.addingReportingOverflow(scaled)
        let (total, beyond) = sum.addingReportingOverflow(attoseconds / 1_000_000_000)
        return MonotonicTime(nanoseconds: tooFar || beyond ? (seconds < 0 ? .min : .max) : total)
    }

    package static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
        .nanoseconds(later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds).partialValue)
    }

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }
}

/// A timer that fires once on a loop after a delay; set it with ``EventLoop/set(_:after:)``.
package final class LoopTimer {
    fileprivate var deadline = MonotonicTime(nanoseconds: 0)
    fileprivate var position = LoopTimer.unset
    private let fire: () -> Void

    package init(_ fire: @escaping () -> Void) { self.fire = fire }

    /// Whether the timer is set and has not fired.
    package var isSet: Bool { position != LoopTimer.unset }

    fileprivate static let unset = -1
    /// The timer has been removed from the heap and fires in this round, unless it is cancelled or set again first.
    fileprivate static let due = -2

    /// Fires the timer if it is due.
    func fireIfDue() {
        guard position == LoopTimer.due else { return }
        position = LoopTimer.unset
        fire()
    }
}

/// The timers of one loop as a binary heap, with the next to fire first.
struct TimerHeap {
    private var heap: [LoopTimer] = []

    mutating func set(_ timer: LoopTimer, at deadline: MonotonicTime) {
        remove(timer)
        timer.deadline = deadline
        timer.position = heap.count
        heap.append(timer)
        up(heap.count - 1)
    }

    mutating func remove(_ timer: LoopTimer) {
        let position = timer.position
        if position == LoopTimer.due { timer.position = LoopTimer.unset }
        guard heap.indices.contains(position), heap[position] === timer else { return }
        timer.position = LoopTimer.unset
        let last = heap.removeLast()
        guard last !== timer else { return }
        heap[position] = last
        last.position = position
        up(position)
        down(last.position)
    }

    /// Removes and returns every timer that is due.
    ///
    /// The caller fires them, because a timer may set timers.
    mutating func takeDue(now: MonotonicTime) -> [LoopTimer] {
        guard let first = heap.first, first.deadline <= now else { return [] }
        var due: [LoopTimer] = []
        while let next = heap.first, next.deadline <= now {
            remove(next)
            next.position = LoopTimer.due
            due.append(next)
        }
        return due
    }

    /// How long `epoll_wait` may sleep: -1 without a timer, otherwise milliseconds, rounded up.
    func millisecondsToNext(now: MonotonicTime) -> CInt {
        guard let first = heap.first else { return -1 }
        let (left, overflow) = first.deadline.nanoseconds.subtractingReportingOverflow(now.nanoseconds)
        guard !overflow, left > 0 else { return overflow ? 60_000 : 0 }
        return CInt(min(60_000, (left + 999_999) / 1_000_000))
    }

    private mutating func up(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].deadline < heap[parent].deadline else { break }
            swap(child, parent)
            child = parent
        }
    }

    private mutating func down(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].deadline < heap[least].deadline { least = child }
            }
            guard least != parent else { break }
            swap(parent, least)
            parent = least
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        heap[left].position = left
        heap[right].position = right
    }
}
