extension WallTime {
    /// Reads RFC 3339 with any fraction, as Go's `time.Parse` does; `nil` when the text is none.
    ///
    /// The day must be one of its month, `T` and `Z` are in upper case, an offset is at most `24:60` and a second never 60. Go's own leniency is
    /// kept: an hour of one digit, and a comma before the fraction.
    package init?(rfc3339 text: String) {
        var reader = TimeReader(text)
        guard let day = reader.day(), reader.take("T"), let time = reader.time(hourDigits: 1...2),
            let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        self.init(day: day, seconds: time.seconds - offset, nanoseconds: time.nanoseconds)
    }

    /// Reads SQL's form in UTC, `2026-01-02 03:04:05` with a blank or `T` and with or without a fraction; `nil` when the text is none.
    package init?(sql text: String) {
        var reader = TimeReader(text)
        guard let day = reader.day(), reader.take(" ") || reader.take("T"), let time = reader.time(hourDigits: 2...2)
        else { return nil }
        guard reader.isAtEnd || reader.take("Z") && reader.isAtEnd else { return nil }
        self.init(day: day, seconds: time.seconds, nanoseconds: time.nanoseconds)
    }

    private init(day: Int, seconds: Int, nanoseconds: Int) {
        let whole = WallTime(seconds: day * 86_400 + seconds)
        let sum = whole.nanoseconds.addingReportingOverflow(Int64(nanoseconds))
        self.init(nanoseconds: sum.overflow ? whole.nanoseconds : sum.partialValue)
    }
}

/// Takes the parts of a moment off the front of a text, byte by byte.
private struct TimeReader {
    private var bytes: ArraySlice<UInt8>

    init(_ text: String) { bytes = Array(text.utf8)[...] }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard bytes.first == UInt8(ascii: mark) else { return false }
        bytes = bytes.dropFirst()
        return true
    }

    /// A date as days since 1970.
    mutating func day() -> Int? {
        guard let year = number(4...4), take("-"), let month = number(2...2), 1...12 ~= month, take("-"),
            let day = number(2...2), day >= 1, day <= WallTime.days(year: year, month: month)
        else { return nil }
        return WallTime.days(year: year, month: month, day: day)
    }

    /// A time of day; of the fraction nine digits count.
    mutating func time(hourDigits: ClosedRange<Int>) -> (seconds: Int, nanoseconds: Int)? {
        guard let hour = number(hourDigits), hour < 24, take(":"), let minute = number(2...2), minute < 60, take(":"),
            let second = number(2...2), second < 60
        else { return nil }
        var nanoseconds = 0
        if take(".") || take(",") {
            let digits = bytes.prefix { Self.digits ~= $0 }
            if digits.isEmpty { return nil }
            bytes = bytes.dropFirst(digits.count)
            for place in 0..<9 {
                nanoseconds =
                    nanoseconds * 10 + (place < digits.count ? Int(digits[digits.startIndex + place]) - 0x30 : 0)
            }
        }
        return (hour * 3600 + minute * 60 + second, nanoseconds)
    }

    /// `Z`, or hours and minutes east of UTC, as seconds.
    mutating func offset() -> Int? {
        if take("Z") { return 0 }
        let sign = take("-") ? -1 : 1
        guard sign < 0 || take("+"), let hours = number(2...2), hours <= 24, take(":"), let minutes = number(2...2),
            minutes <= 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private static let digits: ClosedRange<UInt8> = 0x30...0x39

    /// So many digits, as many of them as there are.
    private mutating func number(_ count: ClosedRange<Int>) -> Int? {
        let found = bytes.prefix(count.upperBound).prefix { Self.digits ~= $0 }
        guard count.contains(found.count) else { return nil }
        bytes = bytes.dropFirst(found.count)
        return found.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
