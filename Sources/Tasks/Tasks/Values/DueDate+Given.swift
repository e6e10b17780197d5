internal import DaprCalendar

/// Why a text is no due date, and what to give instead.
struct DueDateFault: Error, Equatable {
    let message: String
}

extension DueDate {
    /// Parses what a client gives: a day such as `2026-01-02`, or a time with its offset such as
    /// `2026-01-02T03:04:05+01:00` (RFC 3339), whose digits after the third of a fraction are dropped.
    ///
    /// Clients may not give leap seconds, though RFC 3339 has them: what is answered would be another time.
    ///
    /// - Throws: A fault that names the part which no calendar or clock has.
    init(given text: String) throws(DueDateFault) {
        var reader = TimeReader(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2)
        else { throw .form }
        guard (1...12).contains(month) else {
            throw DueDateFault(message: "There is no month \(month); give 01 to 12.")
        }
        let days = CivilDate.days(inMonth: month, of: year)
        guard (1...days).contains(day) else {
            let name = text.prefix(7)
            throw DueDateFault(message: "There is no day \(day) in \(name), which has \(days) days.")
        }
        if reader.isAtEnd {
            self = .day(UTCDay(number: CivilDate.daysSince1970(year: year, month: month, day: day)))
            return
        }
        guard reader.take("T") || reader.take("t"), let hour = reader.number(2), reader.take(":"),
            let minute = reader.number(2), reader.take(":"), let second = reader.number(2)
        else { throw .form }
        if hour == 24 {
            throw DueDateFault(message: "There is no hour 24; the end of a day is 00:00 of the next, or the day alone.")
        }
        guard hour < 24, minute < 60, second <= 60 else {
            throw DueDateFault(message: "There is no time \(text.dropFirst(11).prefix(8)); give 00:00:00 to 23:59:59.")
        }
        if second == 60 {
            throw DueDateFault(message: "Leap seconds are not taken; give the second before or after.")
        }
        guard let time = Timestamp(parsing: text) else { throw .form }
        self = .time(time)
    }
}

extension DueDateFault {
    /// The fault of a text that has neither form.
    static let form = DueDateFault(
        message: "Give a day as in 2026-01-02, or a time with its offset as in 2026-01-02T03:04:05+01:00."
    )
}
