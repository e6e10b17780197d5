import Foundation
import TestTools
import Testing

@testable import Tasks

struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)),
        ("2026-01-02T03:04:05.678Z", 1_767_323_045_678),
        ("2026-01-02T04:04:05.678+01:00", 1_767_323_045_678),
        ("2026-01-01T22:34:05.6789999-04:30", 1_767_323_045_678),
        ("2026-01-02t03:04:05.6z", 1_767_323_045_600),
        ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("2024-02-29T23:59:59.999-00:00", 1_709_251_199_999),
        ("1969-12-31T23:59:59.999Z", -1),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("2017-01-01T00:59:60.5+01:00", 1_483_228_800_000),
    ])
    func `a date-time of RFC 3339 is read`(text: String, milliseconds: Int64) throws {
        #expect(try #require(Timestamp(parsing: text)).milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-01-02", "2026-01-02T03:04Z", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z",
        "2026-1-2T03:04:05Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z", "2026-01-02T03:04:60Z", "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+01:60", "2026-01-02T03:04:05+0100",
        "2026-01-02T03:04:05Zx", "-026-01-02T03:04:05Z", "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        "２026-01-02T03:04:05Z",
    ])
    func `what is no date-time is refused`(text: String) {
        #expect(Timestamp(parsing: text) == nil)
    }

    @Test func `what is written reads back, and agrees with Foundation's calendar`() throws {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            let milliseconds = Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random)
            let time = try #require(Timestamp(milliseconds: milliseconds))
            #expect(Timestamp(parsing: time.text) == time)
            // Foundation has the Julian calendar before 1582.
            if milliseconds > -12_219_292_800_000 {
                let seconds = (Double(milliseconds) / 1000).rounded(.down)
                #expect(time.text.prefix(19) == Date(timeIntervalSince1970: seconds).formatted(style).prefix(19))
            }
        }
    }

    @Test func `times beyond the years 0 to 9999 are refused or clamped`() {
        #expect(Timestamp(milliseconds: 253_402_300_800_000) == nil)
        #expect(Timestamp(milliseconds: .min) == nil)
        #expect(Timestamp(clamping: .max).text == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(clamping: .max).advanced(byMilliseconds: .max).text == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp.epoch.advanced(byMilliseconds: .min).text == "0000-01-01T00:00:00.000Z")
    }
}
