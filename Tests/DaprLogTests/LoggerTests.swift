import DaprLog
import Testing

extension LogKey {
    fileprivate static let port: LogKey = "port"
    fileprivate static let user: LogKey = "user"
}

struct LoggerTests {
    private let sink = CollectingSink()

    private func logger(_ level: LogLevel = .info, _ fields: LogFields = [:]) -> Logger {
        Logger(level: level, fields: fields, sink: sink) { WallTime(milliseconds: 1_767_323_045_678) }
    }

    @Test func `a line has time, level, msg and then the fields in their order`() {
        logger().info("listening", [.user: "ann", .port: 8080, "ratio": 0.5, "ready": true])
        #expect(
            sink.lines == [
                #"{"time":"2026-01-02T03:04:05.678Z","level":"info","msg":"listening","user":"ann","port":8080,"#
                    + #""ratio":0.5,"ready":true}"#
            ]
        )
    }

    @Test(arguments: LogLevel.allCases)
    func `only lines of the level or above are written`(level: LogLevel) {
        let logger = logger(level)
        logger.debug("a")
        logger.info("b")
        logger.warning("c")
        logger.error("d")
        let expected = LogLevel.allCases.filter { $0 >= level }.map { #""level":"\#($0.rawValue)""# }
        #expect(sink.lines.count == expected.count)
        for (line, part) in zip(sink.lines, expected) { #expect(line.contains(part)) }
    }

    @Test func `the fields of a line that is not written are not made`() {
        var made = 0
        func fields() -> LogFields {
            made += 1
            return [:]
        }
        logger(.error).debug("a", fields())
        #expect(made == 0)
        logger(.error).error("a", fields())
        #expect(made == 1)
    }

    @Test func `fields of the logger come first and are replaced by those of the line`() {
        let child = logger(.info, ["a": 1, "b": 2]).with(["b": 3, "c": 4])
        child.info("x", ["a": 5, "d": 6])
        #expect(sink.lines.first?.hasSuffix(#""msg":"x","a":5,"b":3,"c":4,"d":6}"#) == true)
    }

    @Test func `a field cannot take the place of the line's own keys`() {
        logger().info("x", ["msg": "forged", "level": "error", "time": "never"])
        #expect(sink.lines.first?.hasSuffix(#""msg":"x","msg_":"forged","level_":"error","time_":"never"}"#) == true)
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("Grüße 🙂", "Grüße 🙂"), ("a\"b\\c", #"a\"b\\c"#),
            ("one\ntwo\r\tend", #"one\ntwo\r\tend"#),
            ("\u{00}\u{1B}[31m\u{7F}\u{9B}2J", #"\u0000\u001b[31m\u007f\u009b2J"#),
            ("\u{2028}\u{2029}", #"\u2028\u2029"#), ("\r\n", #"\r\n"#),
        ]
    )
    func `text is escaped so that a line stays one line and a terminal obeys nothing`(text: String, escaped: String) {
        logger().info("x", ["text": .string(text)])
        #expect(sink.lines.first?.hasSuffix(#""text":"\#(escaped)"}"#) == true)
    }

    @Test(
        arguments: [
            (0.0, "0"), (-0.25, "-0.25"), (1e21, "1e+21"), (Double.infinity, #""inf""#), (-.infinity, #""-inf""#),
            (.nan, #""nan""#),
        ]
    )
    func `a number that is none is written as text`(number: Double, written: String) {
        logger().info("x", ["n": .double(number)])
        #expect(sink.lines.first?.hasSuffix(#""n":\#(written)}"#) == true)
    }

    @Test func `a line too long is cut, says so and is still JSON`() throws {
        logger().info("x", ["a": 1, "long": .string(String(repeating: "é\n", count: 5000)), "later": 2])
        let line = try #require(sink.lines.first)
        #expect(line.utf8.count < 4096)
        #expect(line.utf8.count > 4000)
        #expect(line.hasSuffix(#"","truncated":true}"#))
        #expect(!line.contains("later"))
    }

    @Test func `many long fields are cut at a field`() throws {
        var fields: LogFields = [:]
        for index in 0..<400 { fields[LogKey("field\(index)")] = .int(1_000_000_000) }
        logger().info("x", fields)
        let line = try #require(sink.lines.first)
        #expect(line.utf8.count < 4096)
        #expect(line.hasSuffix(#":1000000000,"truncated":true}"#))
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ]
    )
    func `times are written in UTC with milliseconds`(milliseconds: Int, text: String) {
        Logger(level: .info, sink: sink) { WallTime(milliseconds: milliseconds) }.info("x")
        #expect(sink.lines.first == #"{"time":"\#(text)","level":"info","msg":"x"}"#)
    }
}
