import Glibc

/// The three calls of the C library that a log cannot do without; the pointers they take live for the call only.
enum SystemCalls {
    /// The time of day.
    static func now() -> WallTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(milliseconds: time.tv_sec &* 1000 &+ time.tv_nsec / 1_000_000)
    }

    /// Whether a descriptor takes bytes within the time given.
    ///
    /// A file always does; a pipe that nobody reads any more does not, so writing to it cannot raise SIGPIPE.
    static func isWritable(_ descriptor: Int32, withinMilliseconds timeout: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let ready = unsafe poll(&entry, 1, timeout)
        return ready == 1 && entry.revents == Int16(POLLOUT)
    }

    /// Writes a line, and what a signal or a full pipe left of it, to a descriptor; `false` when it could not.
    static func write(_ line: [UInt8], to descriptor: Int32) -> Bool {
        var rest = line[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written == 0 || errno != EINTR {
                return false
            }
        }
        return true
    }
}
