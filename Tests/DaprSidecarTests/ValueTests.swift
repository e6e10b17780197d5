import DaprText
import Testing

@testable import DaprSidecar

/// The small values: times, durations, metadata, base64, waits.
@Suite struct ValueTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_767_323_045, "2026-01-02T03:04:05Z"),
        (-1, "1969-12-31T23:59:59Z"), (4_102_444_799, "2099-12-31T23:59:59Z"), (-2_208_988_800, "1900-01-01T00:00:00Z"),
    ])
    func `a time is written and read back`(seconds: Int, text: String) {
        #expect(WallTime(seconds: seconds).rfc3339 == text)
        #expect(WallTime(rfc3339: text) == WallTime(seconds: seconds))
        let sql = text.replacing("T", with: " ").replacing("Z", with: "")
        #expect(WallTime(seconds: seconds).sql == sql)
        #expect(WallTime(sql: sql) == WallTime(seconds: seconds))
    }

    @Test func `offsets and fractions are understood`() {
        #expect(WallTime(rfc3339: "2026-01-02T05:04:05.25+02:00")?.nanoseconds == 1_767_323_045_250_000_000)
        #expect(WallTime(rfc3339: "2026-01-01T22:04:05-05:00") == WallTime(seconds: 1_767_323_045))
    }

    @Test(arguments: [
        "", "2026", "2026-13-02T03:04:05Z", "2026-01-02T03:04:05", "2026-01-02T03:04:05.Z", "2026-01-02T25:04:05Z",
        "2026-01-02T03:04:05+2", "2026-01-02T03:04:05Zx", "2026-02-30T03:04:05Z", "2026-02-29T03:04:05Z",
        "2100-02-29T03:04:05Z", "2026-04-31T03:04:05Z", "2026-01-00T03:04:05Z", "2026-00-02T03:04:05Z",
        "2026-01-02T03:04:05+99:99", "2026-01-02T03:04:05+25:00", "2026-01-02T03:04:05+23:61",
        "2026-01-02 03:04:05Z", "2026-01-02t03:04:05Z", "2026-01-02T03:04:05z", "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z", "2026-01-02T03:04:60Z", "2026-01-02T03:04Z", "2026-1-2T03:04:05Z",
        "2026-01-02T03:04:05+0100", "2026-01-02T03:04:05+01", "2026-01-02T03:04:05 Z", " 2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05Z\u{301}", "2026-01-02T03:04:0\u{665}Z", "+026-01-02T03:04:05Z",
    ])
    func `a text that is no time is none`(text: String) { #expect(WallTime(rfc3339: text) == nil) }

    @Test(arguments: [
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"), ("2026-01-02T3:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05,5Z", "2026-01-02T03:04:05Z"), ("2026-01-03T03:04:05+24:00", "2026-01-02T03:04:05Z"),
        ("2026-01-03T03:04:05+24:60", "2026-01-02T02:04:05Z"), ("2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.1234567890123Z", "2026-01-02T03:04:05Z"),
    ])
    func `a time that Go takes, however odd, is taken`(text: String, time: String) {
        #expect(WallTime(rfc3339: text)?.rfc3339 == time)
    }

    @Test func `of a fraction nine digits count`() {
        #expect(WallTime(rfc3339: "1970-01-01T00:00:00.1234567899Z")?.nanoseconds == 123_456_789)
        #expect(WallTime(sql: "1970-01-01 00:00:00.5")?.nanoseconds == 500_000_000)
        #expect(WallTime(sql: "1970-02-30 00:00:00") == nil)
    }

    @Test func `times out of reach become the nearest`() {
        #expect(WallTime(seconds: .max).nanoseconds == .max)
        #expect(WallTime(seconds: .min).nanoseconds == .min)
        #expect(WallTime(seconds: 0).adding(seconds: .max).nanoseconds == .max)
        #expect(WallTime(nanoseconds: -5).adding(seconds: .min).nanoseconds == .min)
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("1m30s", .seconds(90)), ("1.5h", .seconds(5400)), ("0", .zero),
        ("-2s", .seconds(-2)),
        ("100us", .microseconds(100)), ("5ns", .nanoseconds(5)),
    ])
    func `durations are read in Go's form`(text: String, duration: Duration) {
        #expect(GoDuration.parse(text) == duration)
    }

    @Test(arguments: ["", "5", "s", "5x", "1..5s", "5 s", "-", "9999999999999h", "1e3s"])
    func `a text that is no duration is none`(text: String) { #expect(GoDuration.parse(text) == nil) }

    @Test(arguments: [
        (Duration.seconds(5), "5s"), (.milliseconds(500), "500ms"), (.seconds(90), "1m30s"), (.zero, "0s"),
        (.seconds(3600), "1h0m0s"), (.milliseconds(1500), "1.5s"),
    ])
    func `durations are written in Go's form`(duration: Duration, text: String) {
        #expect(GoDuration.text(duration) == text)
    }

    @Test func `metadata is taken from the query, the first of two counts`() {
        let metadata = RequestMetadata(queryItems: [
            ("metadata.a", "1"), ("other", "2"), ("metadata.a", "3"), ("metadata.", "4"), ("metadata.B", "5"),
        ])
        #expect(metadata.values == ["a": "1", "B": "5"])
        #expect(metadata["b"] == "5" && metadata["A"] == "1" && metadata["c"] == nil)
    }

    @Test func `random identifiers are UUIDs of version 4 and differ`() {
        let identifiers = (0..<100).map { _ in Surroundings.randomUUID() }
        #expect(Set(identifiers).count == 100)
        for identifier in identifiers {
            let parts = identifier.split(separator: "-")
            #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
            #expect(parts[2].hasPrefix("4") && "89ab".contains(parts[3].prefix(1)))
            #expect(identifier.allSatisfy { $0.isHexDigit && !$0.isUppercase || $0 == "-" })
        }
    }

    @Test func `a constant wait stays, an exponential one grows to its maximum and ends after 15 minutes`() {
        var policy = RetryPolicy()
        policy.maximumRetries = 2
        var constant = Backoff(policy)
        #expect((0..<3).map { _ in constant.next(elapsed: .zero, chance: 0.9) } == [.seconds(5), .seconds(5), nil])
        policy.growth = .exponential(maximum: .seconds(1))
        policy.maximumRetries = nil
        var growing = Backoff(policy)
        #expect(
            (0..<4).map { _ in growing.next(elapsed: .zero, chance: 0.5) } == [
                .milliseconds(500), .milliseconds(750), .seconds(1), .seconds(1),
            ]
        )
        #expect(growing.next(elapsed: .zero, chance: 0) == .milliseconds(500))
        #expect(growing.next(elapsed: .seconds(15 * 60), chance: 0) == nil)
    }

    @Test func `an attempt that is out of time goes on unheard`() async throws {
        struct Late: Error, Equatable {}
        await #expect(throws: Late()) {
            try await Deadline.run(within: .milliseconds(1), sleep: Surroundings.wait, else: Late()) {
                () async throws(Late) in
                try? await Task.sleep(for: .seconds(60))
            }
        }
        let value = try await Deadline.run(within: .seconds(60), sleep: Surroundings.wait, else: Late()) {
            () async throws(Late) in 5
        }
        #expect(value == 5)
    }

    @Test func `numbers of published JSON keep their text, names are sorted and the last of two counts`() {
        let object = CanonicalObject(
            Array(#"{"b":{"z":1.0,"a":[1,{"q":"}\",{"}]},"a":9007199254740993,"b\u003a":"<","a":1e400}"#.utf8)
        )
        #expect(
            object.map { String(decoding: $0.bytes, as: UTF8.self) }
                == #"{"a":1e400,"b":{"a":[1,{"q":"}\",{"}],"z":1.0},"b:":"\u003c"}"#
        )
        #expect(CanonicalObject(Array("{}".utf8))?.bytes == Array("{}".utf8))
        for text in ["[]", "5", "", "{", "{}x"] { #expect(CanonicalObject(Array(text.utf8)) == nil) }
    }
}
