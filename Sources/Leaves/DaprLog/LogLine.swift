/// One log line in the making: a JSON object whose keys stand in the order `time`, `level`, `msg`, then the fields.
///
///     {"time":"2026-01-02T03:04:05.678Z","level":"info","msg":"listening","port":8080}
///
/// A line is at most ``maximumBytes`` long with its line feed: what does not fit is cut, and `"truncated":true` says so.
struct LogLine {
    /// What a pipe takes in one piece (`PIPE_BUF`), so that lines of several writers never mix.
    static let maximumBytes = 4096

    private static let ending = Array(#","truncated":true}"#.utf8)
    private static let limit = maximumBytes - ending.count - 1

    private(set) var bytes: [UInt8] = []
    private var isTruncated = false

    init(time: WallTime, level: LogLevel, message: StaticString) {
        bytes.reserveCapacity(256)
        append(#"{"time":""#)
        time.append(to: &bytes)
        append(#"","level":""#)
        append(level.rawValue)
        append(#"","msg":"#)
        appendString(message.description)
    }

    mutating func add(_ fields: LogFields) {
        for field in fields {
            let start = bytes.count
            append(",")
            guard appendString(field.key.name) else { return cut(to: start) }
            append(":")
            switch field.value {
            case .string(let text): appendString(text)
            case .int(let number): append(String(number))
            case .double(let number): appendNumber(number)
            case .bool(let flag): append(flag ? "true" : "false")
            }
            if bytes.count > Self.limit { return cut(to: start) }
        }
    }

    /// The whole line with its line feed.
    consuming func finished() -> [UInt8] {
        if isTruncated { bytes += Self.ending } else { append("}") }
        append("\n")
        return bytes
    }

    private mutating func cut(to start: Int) {
        bytes.removeSubrange(start...)
        isTruncated = true
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }

    private mutating func appendNumber(_ number: Double) {
        guard number.isFinite else {
            appendString(number.description)
            return
        }
        let text = number.description
        append(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }

    /// Writes a JSON string as far as the line has room; `false` when it had to be cut.
    ///
    /// Beside what JSON demands, DEL and the C1 controls are escaped: a terminal would obey them.
    @discardableResult
    private mutating func appendString(_ text: String) -> Bool {
        append("\"")
        defer { append("\"") }
        for scalar in text.unicodeScalars {
            guard bytes.count + 7 <= Self.limit else {
                isTruncated = true
                return false
            }
            switch scalar {
            case "\"": append(#"\""#)
            case "\\": append(#"\\"#)
            case "\n": append(#"\n"#)
            case "\r": append(#"\r"#)
            case "\t": append(#"\t"#)
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": appendEscape(scalar.value)
            default: bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
        return true
    }

    private mutating func appendEscape(_ value: UInt32) {
        append(#"\u"#)
        let digits = String(value, radix: 16)
        append(String(repeating: "0", count: 4 - digits.utf8.count))
        append(digits)
    }
}
