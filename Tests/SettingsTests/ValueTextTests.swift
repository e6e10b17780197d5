import Testing

@testable import Settings

struct ValueTextTests {
    @Test(
        arguments: [
            ("0", Duration.zero, "0s"), ("5s", .seconds(5), "5s"), ("1h30m", .seconds(5400), "1h30m"),
            ("500ms", .milliseconds(500), "500ms"), ("1.5h", .seconds(5400), "1h30m"), ("-2s", .seconds(-2), "-2s"),
            ("+2s", .seconds(2), "2s"), ("1h0m1s", .seconds(3601), "1h1s"), ("90s", .seconds(90), "1m30s"),
            (".5s", .milliseconds(500), "500ms"), ("1.s", .seconds(1), "1s"), ("100us", .microseconds(100), "100us"),
            ("100\u{B5}s", .microseconds(100), "100us"), ("100\u{3BC}s", .microseconds(100), "100us"),
            ("7ns", .nanoseconds(7), "7ns"), ("0.000000001s", .nanoseconds(1), "1ns"),
            ("2562047h47m16s", .seconds(9_223_372_036), "2562047h47m16s"),
        ]
    )
    func `durations are read and written as Go does`(text: String, duration: Duration, written: String) {
        #expect(Duration(goText: text) == duration)
        #expect(duration.goText == written)
        #expect(Duration(goText: written) == duration)
    }

    @Test(
        arguments: [
            "", "5", "s", "-", "+", "1", "1x", "1S", "5 s", " 5s", "5s ", "1.2.3s", "1e3s", ".s", "--1s", "1h-2m",
            "2562048h", "９s",
            "9999999999999999999999s", "999999999999999999h", "0.0000000001s", "\u{0}",
        ]
    )
    func `what is no duration is refused`(text: String) {
        #expect(Duration(goText: text) == nil)
    }

    @Test(
        arguments: [
            ("0", 0, "0"), ("1500", 1500, "1500"), ("4Ki", 4096, "4Ki"), ("4Mi", 4_194_304, "4Mi"),
            ("1.5Gi", 1_610_612_736, "1536Mi"),
            ("10M", 10_000_000, "10000000"), ("3k", 3000, "3000"), ("2Ti", 2_199_023_255_552, "2Ti"),
            ("9223372036854775807", nil, ""), ("8388607Ti", 9_223_370_937_343_148_032, "8388607Ti"),
        ] as [(String, Int?, String)]
    )
    func `sizes are read and written as Kubernetes does`(text: String, bytes: Int?, written: String) {
        #expect(ByteCount(parsing: text)?.bytes == bytes)
        if let bytes { #expect(ByteCount(bytes).text == written) }
    }

    @Test(arguments: ["", "Mi", "-1", "4 Mi", "4MB", "4mi", "1.3Ki", "8388608Ti", "0x10", "1e3", "４Ki"])
    func `what is no size is refused`(text: String) {
        #expect(ByteCount(parsing: text) == nil)
    }
}
