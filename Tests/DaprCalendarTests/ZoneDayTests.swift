import Testing

@testable import DaprCalendar

struct ZoneDayTests {
    private static func yearly(_ text: Substring) -> TimeZoneRules {
        var zone = TimeZoneRules()
        zone.rule = DaylightRule(text)
        return zone
    }

    /// Samoa left out 30 December 2011.
    private static var samoa: TimeZoneRules {
        var zone = TimeZoneRules()
        zone.first = -36_000
        zone.begins = [1_325_239_200]
        zone.offsets = [50_400]
        return zone
    }

    private static let zones = [
        .utc, yearly("CET-1CEST,M3.5.0,M10.5.0/3"), yearly("EET-2EEST,M3.5.0/0,M10.5.0/0"),
        yearly("NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01"), yearly("NZST-12NZDT,M9.5.0,M4.1.0/3"), samoa,
    ]

    @Test(arguments: zones.indices)
    func `every moment is in one day`(zone: Int) {
        let zone = Self.zones[zone]
        for day in 15_000..<15_800 {
            let (start, end) = (zone.start(ofDay: day), zone.start(ofDay: day + 1))
            guard start < end else {
                // The one that was left out.
                #expect(start == end)
                #expect(day == 15_338)
                #expect(zone.day(containing: start) == day + 1)
                continue
            }
            #expect(23 * 3600...25 * 3600 ~= end - start)
            for time in [start, start + 1, start + 1800, (start + end) / 2, end - 1] {
                #expect(zone.day(containing: time) == day)
            }
        }
    }

    @Test(
        arguments: [
            // Spring without a midnight, autumn with one hour twice before it, and with midnight twice.
            (2, "2026-03-29", "2026-03-28T22:00:00"), (2, "2026-10-25", "2026-10-24T22:00:00"),
            (2, "2026-10-26", "2026-10-25T22:00:00"),
            (3, "2026-11-01", "2026-11-01T02:30:00"), (3, "2026-11-02", "2026-11-02T03:30:00"),
            (1, "2026-03-30", "2026-03-29T22:00:00"),
        ]
    )
    func `a day begins at midnight, or where clocks are moved over it`(zone: Int, day: String, start: String) throws {
        var reader = TimeReader(day)
        let read = reader.days()
        let moment = Self.zones[zone].start(ofDay: try #require(read))
        #expect(RFC3339.text(seconds: moment) == start)
    }

    @Test func `some days on it is the same time of day`() throws {
        let berlin = Self.zones[1]
        let noon = Int(try #require(RFC3339.milliseconds(parsing: "2026-03-28T11:00:00Z")) / 1000)
        #expect(RFC3339.text(seconds: berlin.moment(1, daysAfter: noon)) == "2026-03-29T10:00:00")
        #expect(RFC3339.text(seconds: berlin.moment(-1, daysAfter: noon)) == "2026-03-27T11:00:00")
    }
}
