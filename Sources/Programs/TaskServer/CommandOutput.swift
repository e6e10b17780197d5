import DaprLog

/// What commands tell people: results on standard output, progress on standard error.
enum CommandOutput {
    /// The text on one line, and nothing in it that a terminal would obey.
    static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
            )
        )
    }

    /// A line for whoever watches.
    static func note(_ text: String) { StandardErrorSink().write(Array("\(text)\n".utf8)) }
}

/// Says every two seconds how far a command is.
struct CommandProgress {
    private static let interval: Duration = .seconds(2)

    private let total: Int
    private let what: String
    private var done = 0
    private var next = ContinuousClock.now + interval

    init(of total: Int, _ what: String) {
        self.total = total
        self.what = what
    }

    /// Notes that one more is done.
    mutating func step() { reach(done + 1) }

    /// Notes that so many are done.
    mutating func reach(_ count: Int) {
        done = count
        guard ContinuousClock.now >= next else { return }
        next = .now + CommandProgress.interval
        CommandOutput.note("\(done) of \(total) \(what)")
    }
}
