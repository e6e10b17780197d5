import DaprCalendar

/// A six-field cron expression, seconds first, or one of the shorthand words.
///
/// The grammar is that of Dapr's scheduler: second, minute, hour, day of month, month, day of week (0 is Sunday).
struct CronSchedule: Sendable {
    private var second = CronField.only(0)
    private var minute = CronField.only(0)
    private var hour = CronField.only(0)
    private var day = CronField.all(.day)
    private var month = CronField.all(.month)
    private var weekday = CronField.all(.weekday)
    private let zone: TimeZoneRules

    /// How many years a search for the next moment covers: an expression such as 30 February has none.
    private static let yearLimit = 5

    /// Parses `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight` or `@hourly`; `nil` for another
    /// word.
    init?(word: Substring, zone: TimeZoneRules) {
        self.zone = zone
        switch word {
        case "@yearly", "@annually":
            day = .only(1)
            month = .only(1)
        case "@monthly": day = .only(1)
        case "@weekly": weekday = .only(0)
        case "@daily", "@midnight": break
        case "@hourly": hour = .all(.hour)
        default: return nil
        }
    }

    /// Parses six fields.
    init(fields text: Substring, zone: TimeZoneRules) throws(JobFault) {
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count == 6 else {
            throw JobFault("expected exactly 6 fields, found \(fields.count): [\(fields.joined(separator: " "))]")
        }
        second = try CronField(fields[0], .second)
        minute = try CronField(fields[1], .minute)
        hour = try CronField(fields[2], .hour)
        day = try CronField(fields[3], .day)
        month = try CronField(fields[4], .month)
        weekday = try CronField(fields[5], .weekday)
        self.zone = zone
    }

    /// The first moment after `moment`; `nil` when there is none within five years.
    ///
    /// The local clock decides: an hour that the change to summer time skips is skipped, and one that occurs twice
    /// counts twice.
    func next(after moment: WallTime) -> WallTime? {
        var time = moment.seconds + 1
        let lastYear = LocalTime(time, zone).year + Self.yearLimit
        while true {
            let local = LocalTime(time, zone)
            if local.year > lastYear { return nil }
            let next: Int
            if !month.contains(local.month) {
                next = zone.moment(
                    local: CivilDate.daysSince1970(year: local.year, month: local.month, day: 1, plusMonths: 1) * 86_400
                )
            } else if !matches(local) {
                next = zone.moment(local: (local.days + 1) * 86_400)
            } else if !hour.contains(local.hour) {
                next = time + 3600 - local.second % 3600
            } else if !minute.contains(local.minute) {
                next = time + 60 - local.second % 60
            } else if !second.contains(local.second % 60) {
                next = time + 1
            } else {
                return WallTime(seconds: time)
            }
            time = max(next, time + 1)
        }
    }

    /// When either field is a star a day must match both; otherwise one match is enough.
    private func matches(_ local: LocalTime) -> Bool {
        let (inMonth, inWeek) = (day.contains(local.day), weekday.contains(local.weekday))
        return day.isStar || weekday.isStar ? inMonth && inWeek : inMonth || inWeek
    }
}

/// The local date and time.
private struct LocalTime {
    /// Days since 1970-01-01.
    let days: Int
    /// Seconds since midnight.
    let second: Int
    let year: Int
    let month: Int
    let day: Int

    init(_ time: Int, _ zone: TimeZoneRules) {
        let local = time + zone.offset(at: time)
        (days, second) = local.flooredQuotientAndRemainder(dividingBy: 86_400)
        let date = CivilDate(daysSince1970: days)
        (year, month, day) = (date.year, date.month, date.day)
    }

    var hour: Int { second / 3600 }
    var minute: Int { second / 60 % 60 }

    /// 0 is Sunday.
    var weekday: Int { CivilDate.weekday(daysSince1970: days) }
}
