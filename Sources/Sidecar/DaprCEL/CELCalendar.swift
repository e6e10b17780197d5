import DaprCalendar

/// The functions that read parts of timestamps and durations.
enum CELCalendar {
    /// `getHours()` and similar functions of a timestamp, with an optional time zone, or of a duration.
    static func part(_ function: Function, _ values: [CELValue]) throws(CELError) -> CELValue {
        switch (values[0], values.count) {
        case (.duration(let duration), 1):
            switch function {
            case .getHours: return .int(duration.nanoseconds / 3_600_000_000_000)
            case .getMinutes: return .int(duration.nanoseconds / 60_000_000_000)
            case .getSeconds: return .int(duration.nanoseconds / 1_000_000_000)
            case .getMilliseconds: return .int(duration.nanoseconds / 1_000_000 % 1_000)
            default: break
            }
        case (.timestamp(let time), 1): return .int(part(function, time, offset: 0))
        case (.timestamp(let time), 2):
            guard case .string(let zone) = values[1] else { break }
            return .int(part(function, time, offset: try offset(of: zone)))
        default: break
        }
        throw .noMatchingOverload(function.rawValue, values.map(\.type))
    }

    private static func part(_ function: Function, _ time: CELTimestamp, offset: Int64) -> Int64 {
        let (days, second) = Int(time.seconds + offset).flooredQuotientAndRemainder(dividingBy: 86_400)
        let date = CivilDate(daysSince1970: days)
        let part =
            switch function {
            case .getFullYear: date.year
            case .getMonth: date.month - 1
            case .getDate: date.day
            case .getDayOfMonth: date.day - 1
            case .getDayOfWeek: CivilDate.weekday(daysSince1970: days)
            case .getDayOfYear: days - CivilDate.daysSince1970(year: date.year, month: 1, day: 1)
            case .getHours: second / 3_600
            case .getMinutes: second / 60 % 60
            case .getSeconds: second % 60
            default: Int(time.nanos / 1_000_000)
            }
        return Int64(part)
    }

    private static func offset(of zone: String) throws(CELError) -> Int64 {
        if zone == "UTC" || zone == "Z" || zone.isEmpty { return 0 }
        // CEL also allows an offset without a plus sign.
        let isSigned = zone.utf8.first == 0x2B || zone.utf8.first == 0x2D
        var reader = TimeReader(isSigned ? zone : "+" + zone)
        guard let seconds = reader.offset(), reader.isAtEnd else { throw .unknownTimeZone(zone) }
        return Int64(seconds)
    }
}
