internal import CPostgres
internal import Glibc

/// Waits for a connection's socket.
enum PostgresSocket {
    /// Waits until the socket is ready for some of the events, and returns those.
    @safe
    static func wait(_ raw: OpaquePointer, _ events: Int32, _ deadline: Deadline) throws(PostgresError) -> Int32 {
        while true {
            let left = deadline.millisecondsLeft
            let ready = readiness(raw, events, milliseconds: left)
            if ready != 0 { return ready }
            if left == 0 { throw .timedOut(after: deadline.limit) }
        }
    }

    /// The events for which the socket becomes ready within a time; 0 for none.
    @safe
    static func readiness(_ raw: OpaquePointer, _ events: Int32, milliseconds: Int32) -> Int32 {
        var descriptor = pollfd(fd: unsafe PQsocket(raw), events: Int16(truncatingIfNeeded: events), revents: 0)
        let count = unsafe poll(&descriptor, 1, milliseconds)
        if count < 0 { return 0 }
        // A socket that was hung up counts as readable: the library notices by reading.
        let ready = Int32(descriptor.revents)
        return ready & ~events == 0 ? ready : ready | POLLIN
    }
}
