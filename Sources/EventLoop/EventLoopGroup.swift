import Glibc
import Synchronization

/// The loops of a process, one a core by default.
package final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let turn = Atomic(0)

    /// Starts the loops.
    ///
    /// - Parameter count: how many; `nil` for one a core. At least one is made.
    /// - Throws: ``EventLoopError`` when the system has no descriptor or thread to give.
    package init(count: Int? = nil) throws(EventLoopError) {
        let count = max(1, count ?? Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))
        var loops: [EventLoop] = []
        do throws(EventLoopError) {
            for _ in 0..<count { loops.append(try EventLoop()) }
        } catch {
            for loop in loops { loop.stop() }
            throw error
        }
        self.loops = loops
    }

    /// The loop the caller is on when it is one of these, else the next in turn.
    package func next() -> EventLoop {
        if let current = EventLoop.current, loops.contains(where: { $0 === current }) { return current }
        let turn = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: turn) % UInt(loops.count))]
    }

    /// The place of the loop that the caller is on; `nil` when it is on none of these.
    package var current: Int? {
        guard let loop = EventLoop.current else { return nil }
        return loops.firstIndex { $0 === loop }
    }

    /// Stops every loop and waits for its thread; blocks, and is never called on one of them.
    package func shutdown() {
        for loop in loops { loop.stop() }
    }
}
