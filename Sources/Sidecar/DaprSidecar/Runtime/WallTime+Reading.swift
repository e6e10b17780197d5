import DaprCalendar

extension WallTime {
    /// Parses RFC 3339 with any fraction, as Go's `time.Parse` does; `nil` when the text is not in this form.
    ///
    /// The day must exist in its month, `T` and `Z` must be upper case, an offset is at most `24:60` and a second is
    /// never 60. Go's own leniency is kept: an hour may have one digit, and a comma may precede the fraction.
    package init?(rfc3339 text: String) {
        var reader = TimeReader(text)
        guard let day = reader.days(), reader.take("T"), let time = reader.time(allowingShortHour: true),
            let nanoseconds = reader.nanoseconds(),
            let offset = reader.take("Z") ? 0 : reader.offset(hours: 0...24, minutes: 0...60), reader.isAtEnd
        else { return nil }
        self.init(day: day, seconds: time - offset, nanoseconds: nanoseconds)
    }

    /// Parses SQL's form in UTC; `nil` when the text is not in this form.
    ///
    /// `2026-01-02 03:04:05` has a blank or `T` between date and time, and may have a fraction.
    package init?(sql text: String) {
        var reader = TimeReader(text)
        guard let day = reader.days(), reader.take(" ") || reader.take("T"), let time = reader.time(),
            let nanoseconds = reader.nanoseconds()
        else { return nil }
        guard reader.isAtEnd || reader.take("Z") && reader.isAtEnd else { return nil }
        self.init(day: day, seconds: time, nanoseconds: nanoseconds)
    }

    private init(day: Int, seconds: Int, nanoseconds: Int) {
        let whole = WallTime(seconds: day * 86_400 + seconds)
        let sum = whole.nanoseconds.addingReportingOverflow(Int64(nanoseconds))
        self.init(nanoseconds: sum.overflow ? whole.nanoseconds : sum.partialValue)
    }
}

extension TimeReader {
    /// The optional fraction of a second, in nanoseconds.
    fileprivate mutating func nanoseconds() -> Int? { take(".") || take(",") ? fraction(digits: 9) : 0 }
}
