/// The Gregorian calendar, as far as timestamps need it.
enum CELCalendar {
    /// Days from 1970-01-01 to a date.
    static func dayNumber(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // Counting the year from March puts the leap day at its end.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredQuotient(400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date of a day counted from 1970-01-01.
    static func date(dayNumber: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = dayNumber + 719_468
        let era = shifted.flooredQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// How many days a month has.
    static func days(in month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// `getHours()` and its kin: of a timestamp with an optional time zone, or of a duration.
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
        let local = time.seconds + offset
        let days = local.flooredQuotient(86_400)
        let second = local.flooredRemainder(86_400)
        let date = date(dayNumber: days)
        return switch function {
        case .getFullYear: date.year
        case .getMonth: date.month - 1
        case .getDate: date.day
        case .getDayOfMonth: date.day - 1
        case .getDayOfWeek: (days + 4).flooredRemainder(7)
        case .getDayOfYear: days - dayNumber(date.year, 1, 1)
        case .getHours: second / 3_600
        case .getMinutes: second / 60 % 60
        case .getSeconds: second % 60
        default: time.nanos / 1_000_000
        }
    }

    private static func offset(of zone: String) throws(CELError) -> Int64 {
        if zone == "UTC" || zone == "Z" || zone.isEmpty { return 0 }
        // CEL also writes an offset without a plus sign.
        let isSigned = zone.utf8.first == 0x2B || zone.utf8.first == 0x2D
        var reader = DigitReader(isSigned ? zone : "+" + zone)
        guard let seconds = reader.offset(), reader.isAtEnd else { throw .unknownTimeZone(zone) }
        return seconds
    }
}
