/// Where log lines go.
package protocol LogSink: Sendable {
    /// Takes one line, with its line feed at the end; called from any thread.
    func write(_ line: [UInt8])
}
