import Synchronization

/// Keeps the lines in memory, for tests to read.
package final class CollectingSink: LogSink {
    private let collected = Mutex<[String]>([])

    /// Makes an empty one.
    package init() {}

    /// The lines so far, without their line feeds, oldest first.
    package var lines: [String] { collected.withLock { $0 } }

    package func write(_ line: [UInt8]) {
        let text = String(decoding: line.last == UInt8(ascii: "\n") ? line.dropLast() : line[...], as: UTF8.self)
        collected.withLock { $0.append(text) }
    }
}
