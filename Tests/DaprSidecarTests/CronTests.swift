import Testing

@testable import DaprCalendar
@testable import DaprSidecar

/// When repeating jobs run, by table.
@Suite struct CronTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var schedule: String
        var from = "2026-01-31T23:59:59.5Z"
        var next: [String]
        var testDescription: String { "\(schedule) from \(from)" }
    }

    @Test(arguments: [
        Row(schedule: "* * * * * *", next: ["2026-02-01T00:00:00Z", "2026-02-01T00:00:01Z"]),
        Row(schedule: "? ? ? ? ? ?", next: ["2026-02-01T00:00:00Z"]),
        Row(schedule: "0 30 * * * *", next: ["2026-02-01T00:30:00Z", "2026-02-01T01:30:00Z"]),
        Row(
            schedule: "5/20 0 0 * * *",
            next: ["2026-02-01T00:00:05Z", "2026-02-01T00:00:25Z", "2026-02-01T00:00:45Z"]
        ),
        Row(
            schedule: "0 */25 * * * *",
            next: ["2026-02-01T00:00:00Z", "2026-02-01T00:25:00Z", "2026-02-01T00:50:00Z"]
        ),
        Row(
            schedule: "0 0 9-17/4 * * *",
            next: ["2026-02-01T09:00:00Z", "2026-02-01T13:00:00Z", "2026-02-01T17:00:00Z"]
        ),
        Row(
            schedule: "0 0 0 1,15 * *",
            next: ["2026-02-01T00:00:00Z", "2026-02-15T00:00:00Z", "2026-03-01T00:00:00Z"]
        ),
        Row(schedule: "0 0 12 * JAN,jul *", next: ["2026-07-01T12:00:00Z"]),
        Row(schedule: "0 0 0 * * mon-fri", next: ["2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z"]),
        Row(schedule: "0 0 0 * * 0", next: ["2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z"]),
        // With a day of the month and of the week, either is enough; with a star, both count.
        Row(
            schedule: "0 0 0 13 * FRI",
            next: ["2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z"]
        ),
        Row(schedule: "0 0 0 */2 * FRI", next: ["2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z"]),
        Row(schedule: "0 0 0 29 2 *", next: ["2028-02-29T00:00:00Z"]),
        Row(schedule: "0 0 0 30 2 *", next: []),
        Row(schedule: "@yearly", next: ["2027-01-01T00:00:00Z"]),
        Row(schedule: "@annually", next: ["2027-01-01T00:00:00Z"]),
        Row(schedule: "@monthly", next: ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]),
        Row(schedule: "@weekly", next: ["2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z"]),
        Row(schedule: "@daily", next: ["2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"]),
        Row(schedule: "@midnight", next: ["2026-02-01T00:00:00Z"]),
        Row(schedule: "@hourly", next: ["2026-02-01T00:00:00Z", "2026-02-01T01:00:00Z"]),
        Row(
            schedule: "@every 1h30m",
            from: "2026-01-31T23:00:00Z",
            next: ["2026-02-01T00:30:00Z", "2026-02-01T02:00:00Z"]
        ),
        // Shorter periods are taken, and are a second.
        Row(
            schedule: "@every 1ns",
            from: "2026-01-31T23:00:00Z",
            next: ["2026-01-31T23:00:01Z", "2026-01-31T23:00:02Z"]
        ),
        Row(schedule: "@every 500ms", from: "2026-01-31T23:00:00Z", next: ["2026-01-31T23:00:01Z"]),
        Row(schedule: "@every 0s", from: "2026-01-31T23:00:00Z", next: ["2026-01-31T23:00:01Z"]),
        Row(schedule: "@every -1h", from: "2026-01-31T23:00:00Z", next: ["2026-01-31T23:00:01Z"]),
        Row(
            schedule: "@every 2500ms",
            from: "2026-01-31T23:00:00Z",
            next: ["2026-01-31T23:00:02Z", "2026-01-31T23:00:05Z"]
        ),
        Row(schedule: "TZ=UTC 0 0 6 * * *", next: ["2026-02-01T06:00:00Z"]),
        Row(schedule: "CRON_TZ=Test/Berlin 0 0 6 * * *", next: ["2026-02-01T05:00:00Z"]),
        Row(schedule: "CRON_TZ=Test/Berlin @daily", next: ["2026-02-01T23:00:00Z"]),
        Row(schedule: "CRON_TZ=Test/Berlin 0 0 6 * * *", from: "2026-07-01T00:00:00Z", next: ["2026-07-01T04:00:00Z"]),
        // 02:30 is left out on 29 March, and comes twice on 25 October.
        Row(
            schedule: "CRON_TZ=Test/Berlin 0 30 2 * * *",
            from: "2026-03-28T12:00:00Z",
            next: ["2026-03-30T00:30:00Z"]
        ),
        Row(
            schedule: "CRON_TZ=Test/Berlin 0 30 2 * * *",
            from: "2026-10-24T12:00:00Z",
            next: ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"]
        ),
        Row(
            schedule: "CRON_TZ=Test/Sydney 0 0 0 1 1 *",
            from: "2026-06-01T00:00:00Z",
            next: ["2026-12-31T13:00:00Z"]
        ),
        Row(
            schedule: "CRON_TZ=Test/Moved 0 0 0 * * *",
            from: "2026-01-01T00:00:00Z",
            next: ["2026-01-01T22:00:00Z", "2026-01-02T22:00:00Z", "2026-01-03T21:00:00Z"]
        ),
    ])
    func `a schedule gives its moments`(row: Row) throws {
        let schedule = try JobSchedule(row.schedule, files: Zones())
        var moment = try #require(WallTime(rfc3339: row.from))
        for expected in row.next {
            moment = try #require(schedule.next(after: moment))
            #expect(moment.rfc3339 == expected)
        }
        if row.next.isEmpty { #expect(schedule.next(after: moment) == nil) }
    }

    @Test(arguments: [
        ("", "empty spec string"), ("nonsense", "expected exactly 6 fields, found 1: [nonsense]"),
        ("0 0 * * *", "expected exactly 6 fields, found 5: [0 0 * * *]"),
        ("60 * * * * *", "end of range (60) above maximum (59): 60"),
        ("* * * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("* * * * * 7", "end of range (7) above maximum (6): 7"),
        ("* * 5-3 * * *", "beginning of range (5) beyond end of range (3): 5-3"),
        ("*/0 * * * * *", "step of range should be a positive number: */0"),
        ("1/2/3 * * * * *", "too many slashes: 1/2/3"), ("1-2-3 * * * * *", "too many hyphens: 1-2-3"),
        ("x * * * * *", "failed to parse int from x"), ("* * * * mon *", "failed to parse int from mon"),
        (", * * * * *", ", names no number"), ("-1 * * * * *", "failed to parse int from "),
        ("99999999999999999999 * * * * *", "failed to parse int from 99999999999999999999"),
        ("@sometimes", "unrecognized descriptor: @sometimes"), ("@every soon", "failed to parse duration @every soon"),
        ("TZ=Test/Berlin @every 1s", "a time zone makes no difference to @every"),
        ("TZ=No/Where 0 0 0 * * *", "provided bad location No/Where: unknown time zone No/Where"),
        (
            "TZ=../../etc/passwd 0 0 0 * * *",
            "provided bad location ../../etc/passwd: unknown time zone ../../etc/passwd"
        ),
        ("TZ=Test/Broken * * * * * *", "provided bad location Test/Broken: unknown time zone Test/Broken"),
        ("TZ=UTC", "expected exactly 6 fields, found 0: []"),
    ])
    func `a schedule that is none says why`(text: String, reason: String) {
        let fault = #expect(throws: JobFault.self) { try JobSchedule(text, files: Zones()) }
        #expect(fault?.description == reason)
    }

    @Test func `a zone's file that is cut short anywhere is refused, not read beyond its end`() throws {
        let whole = try #require(Zones().bytes(of: "/usr/share/zoneinfo/Test/Moved"))
        let footer = 10
        for count in 0..<whole.count - footer { #expect(TimeZoneRules(file: Array(whole.prefix(count))) == nil) }
    }
}

/// Zones that a test makes, since a machine need not have any.
struct Zones: ResourceFiles {
    func names(in folder: String) -> [String]? { nil }

    func bytes(of path: String) -> [UInt8]? {
        switch path {
        case "/usr/share/zoneinfo/Test/Berlin": Self.file(offset: 3600, footer: "CET-1CEST,M3.5.0,M10.5.0/3")
        case "/usr/share/zoneinfo/Test/Sydney": Self.file(offset: 36_000, footer: "AEST-10AEDT,M10.1.0,M4.1.0/3")
        // Two hours east until 2026-01-03 at noon, then three.
        case "/usr/share/zoneinfo/Test/Moved":
            Self.file(offset: 7200, changes: [(1_767_441_600, 10_800)], footer: "<+03>-3")
        case "/usr/share/zoneinfo/Test/Broken": Self.file(offset: 0, footer: "CET-1CEST,M13.5.0,M10.5.0")
        default: nil
        }
    }

    private static func file(offset: Int, changes: [(time: Int, offset: Int)] = [], footer: String) -> [UInt8] {
        func number(_ value: Int, _ size: Int) -> [UInt8] {
            (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        func header(_ counts: [Int]) -> [UInt8] {
            Array("TZif2".utf8) + Array(repeating: 0, count: 15) + counts.flatMap { number($0, 4) }
        }
        var bytes = header([0, 0, 0, 0, 1, 1]) + number(offset, 4) + [0, 0, 0]
        bytes += header([0, 0, 0, changes.count, changes.count + 1, 4])
        bytes += changes.flatMap { number($0.time, 8) } + (0..<changes.count).map { UInt8($0 + 1) }
        bytes += ([offset] + changes.map(\.offset)).flatMap { number($0, 4) + [0, 0] }
        return bytes + Array("XXX\0\n\(footer)\n".utf8)
    }
}
