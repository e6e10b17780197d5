/// Writes what happened as one JSON line each, with a constant message and the values in fields.
///
///     logger.info("listening", [.port: .int(8080)])
///
/// Safe from any thread; a line below the level costs a comparison, and its fields are not made.
package struct Logger: Sendable {
    /// The least level that is written.
    package let level: LogLevel

    private let fields: LogFields
    private let sink: any LogSink
    private let now: @Sendable () -> WallTime

    /// Makes a logger whose every line carries `fields`.
    package init(level: LogLevel, fields: LogFields = [:], sink: any LogSink) {
        self.init(level: level, fields: fields, sink: sink, now: SystemCalls.now)
    }

    /// Makes a logger that takes the time from `now`, for tests.
    package init(
        level: LogLevel,
        fields: LogFields = [:],
        sink: any LogSink,
        now: @escaping @Sendable () -> WallTime
    ) {
        self.level = level
        self.fields = fields
        self.sink = sink
        self.now = now
    }

    /// A logger that writes nothing.
    package static let silent = Logger(level: .error, sink: NoSink())

    /// The same logger with more fields in every line; they replace those of the same key.
    package func with(_ more: LogFields) -> Logger {
        Logger(level: level, fields: fields.merging(more), sink: sink, now: now)
    }

    /// Writes what only a developer wants to know.
    package func debug(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.debug, message, fields())
    }

    /// Writes what happened as it should.
    package func info(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.info, message, fields())
    }

    /// Writes what was not as it should be, and was coped with.
    package func warning(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.warning, message, fields())
    }

    /// Writes what failed and needs somebody to look at it.
    package func error(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.error, message, fields())
    }

    /// Writes a line of a level that is only known when it happens.
    package func log(_ level: LogLevel, _ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        guard level >= self.level else { return }
        var line = LogLine(time: now(), level: level, message: message)
        line.add(self.fields.merging(fields()))
        sink.write(line.finished())
    }
}

/// Takes lines and forgets them.
private struct NoSink: LogSink {
    func write(_ line: [UInt8]) {}
}
