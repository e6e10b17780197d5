import Dapr
import Testing

struct DaprTimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
        ("2026-09-01T00:00:00.25Z", 1_788_220_800_250, "2026-09-01T00:00:00.250Z"),
        ("2026-09-01T02:00:00.007+02:00", 1_788_220_800_007, "2026-09-01T00:00:00.007Z"),
        ("1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000, "0000-01-01T00:00:00Z"),
    ])
    func `a moment is read and written`(text: String, milliseconds: Int64, written: String) throws {
        let moment = try #require(DaprTimestamp(parsing: text))
        #expect(moment.millisecondsSince1970 == milliseconds)
        #expect("\(moment)" == written)
        #expect(ScheduleTime.at(moment).rawValue == written)
        #expect(ScheduleTime(text).moment == moment)
    }

    @Test(arguments: ["", "1h", "2026-09-01", "2026-02-30T00:00:00Z", "2026-09-01T00:00:00"])
    func `another text is no moment`(text: String) {
        #expect(DaprTimestamp(parsing: text) == nil)
        #expect(ScheduleTime(text).moment == nil)
    }

    @Test func `what RFC 3339 cannot write is the first or the last moment that it can`() {
        #expect("\(DaprTimestamp(millisecondsSince1970: .max))" == "9999-12-31T23:59:59.999Z")
        #expect("\(DaprTimestamp(millisecondsSince1970: .min))" == "0000-01-01T00:00:00Z")
        #expect(DaprTimestamp(millisecondsSince1970: 1) < DaprTimestamp(millisecondsSince1970: 2))
    }
}
