import DaprCalendar
import DaprText

/// Parses the texts in which a job gives a time: an instant, or a duration from another instant.
enum JobMoment {
    /// Parses RFC 3339, a duration of Go (`30s`), or one of ISO 8601 that does not repeat (`P1DT2H`); `nil` for
    /// anything else.
    ///
    /// A duration counts from `start`.
    static func parse(_ text: String, from start: WallTime) -> WallTime? {
        if let moment = WallTime(rfc3339: text) { return moment }
        if let duration = GoDuration.parse(text) { return start.adding(duration) }
        return ISODuration(text)?.added(to: start)
    }
}

/// A duration of ISO 8601 in whole numbers: `P1Y2M3DT4H5M6S`, `P2W`.
struct ISODuration: Equatable {
    private(set) var months = 0
    private(set) var days = 0
    private(set) var seconds = 0

    /// The exclusive limit of one number, and the limit of the text.
    ///
    /// Larger numbers have no use here, and their sum could overflow, as could that of a longer text.
    private static let limit = 1_000_000_000
    private static let longestText = 100

    init?(_ text: String) {
        var rest = Substring(text)
        if rest.hasBytePrefix("R") {
            // `R0/` repeats nothing; a job that repeats needs a schedule.
            guard rest.hasBytePrefix("R0/") else { return nil }
            rest = rest.droppingBytes(3)
        }
        guard rest.hasBytePrefix("P"), rest.utf8.count > 1, text.utf8.count <= Self.longestText else { return nil }
        rest = rest.droppingBytes(1)
        var isTime = false
        while let mark = rest.first {
            if mark == "T", !isTime {
                isTime = true
                rest = rest.dropFirst()
                if rest.isEmpty { return nil }
                continue
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard let number = Int(digits), number < Self.limit, let unit = rest.popFirst() else { return nil }
            switch (unit, isTime) {
            case ("Y", false): months += number * 12
            case ("M", false): months += number
            case ("W", false): days += number * 7
            case ("D", false): days += number
            case ("H", true): seconds += number * 3600
            case ("M", true): seconds += number * 60
            case ("S", true): seconds += number
            default: return nil
            }
        }
    }

    /// The moment after this duration.
    ///
    /// Months and days follow the calendar in UTC; 31 January plus one month is 2 or 3 March.
    func added(to start: WallTime) -> WallTime {
        let day = start.seconds.flooredQuotientAndRemainder(dividingBy: 86_400).quotient
        let date = CivilDate(daysSince1970: day)
        let moved = CivilDate.daysSince1970(
            year: date.year,
            month: date.month,
            day: date.day + days,
            plusMonths: months
        )
        // Both terms are whole seconds, so the fraction of a second is kept.
        return start.adding(seconds: (moved - day) * 86_400 + seconds)
    }
}
