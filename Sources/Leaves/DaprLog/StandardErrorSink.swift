import Synchronization

/// Writes lines to standard error, one `write` each, and rather loses lines than waits.
///
/// When the reader of a pipe has stopped reading, the first line waits 100 ms for it; the lines after it are dropped without waiting
/// until there is room again, and then a line says how many were lost:
///
///     {"time":"…","level":"warning","msg":"log lines were lost","count":12}
package struct StandardErrorSink: LogSink {
    /// The one of the process: all copies share its lock and count.
    private static let output = DescriptorOutput(descriptor: 2)

    /// Makes a sink; every one of them writes through the same lock.
    package init() {}

    package func write(_ line: [UInt8]) { Self.output.write(line) }
}

/// A descriptor with a lock and a count of the lines it did not take.
final class DescriptorOutput: Sendable {
    private static let patienceMilliseconds: Int32 = 100

    private let descriptor: Int32
    private let lost = Mutex(0)

    init(descriptor: Int32) { self.descriptor = descriptor }

    func write(_ line: [UInt8]) {
        lost.withLock { lost in
            let patience = lost == 0 ? Self.patienceMilliseconds : 0
            guard SystemCalls.isWritable(descriptor, withinMilliseconds: patience) else {
                lost += 1
                return
            }
            if lost > 0 {
                var notice = LogLine(time: SystemCalls.now(), level: .warning, message: "log lines were lost")
                notice.add(["count": .int(lost)])
                guard SystemCalls.write(notice.finished(), to: descriptor) else {
                    lost += 1
                    return
                }
                lost = 0
                guard SystemCalls.isWritable(descriptor, withinMilliseconds: 0) else {
                    lost = 1
                    return
                }
            }
            if !SystemCalls.write(line, to: descriptor) { lost += 1 }
        }
    }
}
