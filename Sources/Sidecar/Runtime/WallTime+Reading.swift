import Calendar

extension WallTime {
    /// Reads RFC 3339 with any fraction, as Go's `time.Parse` does; `nil` when the text is none.
    ///
    /// The day must be one of its month, `T` and `Z` are in upper case, an offset is at most `24:60` and a second never 60. Go's own leniency is
    /// kept: an hour of one digit, and a comma before the fraction.
    package init?(rfc3339 text: String) {
        var reader = TimeReader(text)
        guard let day = reader.days(), reader.take("T"), let time = reader.time(allowingShortHour: true),
            let nanoseconds = reader.nanoseconds(),
            let offset = reader.take("Z") ? 0 : reader.offset(hours: 0...24, minutes: 0...60), reader.isAtEnd
        else { return nil }
        self.init(day: day, seconds: time - offset, nanoseconds: nanoseconds)
    }

    /// Reads SQL's form in UTC, `2026-01-02 03:04:05` with a blank or `T` and with or without a fraction; `nil` when the text is none.
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
    /// The fraction of a second that may follow, in nanoseconds.
    fileprivate mutating func nanoseconds() -> Int? { take(".") || take(",") ? fraction(digits: 9) : 0 }
}
