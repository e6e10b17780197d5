import Testing

@testable import DaprCalendar

struct CalendarTests {
    @Test func `every day of four centuries and more follows the one before`() {
        var date = (year: -401, month: 1, day: 1)
        for days in CivilDate.daysSince1970(
            year: -401,
            month: 1,
            day: 1
        )...CivilDate.daysSince1970(
            year: 801,
            month: 1,
            day: 1
        ) {
            let found = CivilDate(daysSince1970: days)
            guard (found.year, found.month, found.day) == date,
                CivilDate.daysSince1970(year: date.year, month: date.month, day: date.day) == days
            else {
                Issue.record("day \(days) is \(found), not \(date)")
                return
            }
            date.day += 1
            if date.day > CivilDate.days(inMonth: date.month, of: date.year) { date = (date.year, date.month + 1, 1) }
            if date.month > 12 { date = (date.year + 1, 1, 1) }
        }
    }

    @Test(arguments: [(0, 4), (1, 5), (-1, 3), (-4, 0), (-5, 6), (20_000, 5)])
    func `a day has its day of the week`(days: Int, weekday: Int) {
        #expect(CivilDate.weekday(daysSince1970: days) == weekday)
    }

    @Test(arguments: [
        (1, "1970-02-01"), (12, "1971-01-01"), (-1, "1969-12-01"), (-25, "1967-12-01"), (0, "1970-01-01"),
    ])
    func `months are added over the ends of years`(months: Int, date: String) {
        let days = CivilDate.daysSince1970(year: 1970, month: 1, day: 1, plusMonths: months)
        #expect(RFC3339.text(seconds: days * 86_400) == date + "T00:00:00")
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    ])
    func `a date of HTTP is written`(seconds: Int, text: String) { #expect(HTTPDate.text(seconds: seconds) == text) }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:00.0019z", 1), ("1970-01-01T01:00:00+01:00", 0),
            ("2026-01-02T03:04:05.678Z", 1_767_323_045_678), ("1969-12-31T23:59:59.999Z", -1),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ] as [(String, Int64)]
    )
    func `a moment is read`(text: String, milliseconds: Int64) {
        #expect(RFC3339.milliseconds(parsing: text) == milliseconds)
    }

    @Test(arguments: [
        "", "1970-01-01", "1970-02-30T00:00:00Z", "1970-13-01T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00Z ",
        "1970-01-01 00:00:00Z", "1970-01-01T0:00:00Z",
    ])
    func `what is no moment is refused`(text: String) { #expect(RFC3339.milliseconds(parsing: text) == nil) }

    @Test func `what is written is read back`() {
        for milliseconds in stride(
            from: RFC3339.milliseconds.lowerBound,
            through: RFC3339.milliseconds.upperBound,
            by: 999_999_999_937
        ) {
            let bytes = RFC3339.utf8(milliseconds: milliseconds)
            let text = String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
            guard RFC3339.milliseconds(parsing: text) == milliseconds else {
                Issue.record("\(milliseconds) was written as \(text)")
                return
            }
        }
    }
}
