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

    /// Rows in columns, the first row their heads; the last column is as long as it is.
    static func table(_ rows: [[String]]) -> String {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            zip(row.map(plain), widths).enumerated().map { column, cell in
                column == row.count - 1
                    ? cell.0 : cell.0 + String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            }
            .joined(separator: "  ")
        }
        .joined(separator: "\n")
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
