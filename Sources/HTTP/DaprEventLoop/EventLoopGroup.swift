import Glibc
import Synchronization

/// The loops of a process; by default one for each core.
package final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let turn = Atomic(0)

    /// Starts the loops.
    ///
    /// - Parameter count: The number of loops; `nil` for one for each core. At least one is started.
    /// - Throws: ``EventLoopError`` when the system has no descriptor or thread left.
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

    /// The caller's loop if it belongs to this group, otherwise the next in turn.
    package func next() -> EventLoop {
        if let current = EventLoop.current, loops.contains(where: { $0 === current }) { return current }
        let turn = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: turn) % UInt(loops.count))]
    }

    /// The index of the caller's loop; `nil` when it does not belong to this group.
    package var current: Int? {
        guard let loop = EventLoop.current else { return nil }
        return loops.firstIndex { $0 === loop }
    }

    /// Stops every loop and waits for its thread.
    ///
    /// Blocks, so never call it on one of them.
    package func shutdown() {
        for loop in loops { loop.stop() }
    }
}
