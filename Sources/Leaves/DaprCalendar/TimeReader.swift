/// Takes the parts of a moment off the front of a text, byte by byte.
package struct TimeReader {
    // An array, since a look into a string's own view costs more than all the rest.
    private let text: [UInt8]
    private var place = 0

    package init(_ text: String) {
        self.text = Array(text.utf8)
    }

    package var isAtEnd: Bool { place == text.count }

    @inline(__always)
    package mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard !isAtEnd, text[place] == UInt8(ascii: mark) else { return false }
        place += 1
        return true
    }

    /// A number of so many digits.
    @inline(__always)
    package mutating func number(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// A date such as `2026-01-02` as days since 1970; nil when the calendar has no such day.
    @inline(__always)
    package mutating func days() -> Int? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            (1...12).contains(month), day >= 1, day <= CivilDate.days(inMonth: month, of: year)
        else { return nil }
        return CivilDate.daysSince1970(year: year, month: month, day: day)
    }

    /// A time of day such as `03:04:05` in seconds; the hour may have one digit where that is allowed.
    package mutating func time(allowingShortHour: Bool = false) -> Int? {
        guard var hour = number(1) else { return nil }
        if let digit = digit() { hour = hour * 10 + digit } else if !allowingShortHour { return nil }
        guard hour < 24, take(":"), let minute = number(2), minute < 60, take(":"), let second = number(2), second < 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// The digits after a decimal point, of which there is at least one, as a number of so many; what is finer is dropped.
    @inline(__always)
    package mutating func fraction(digits: Int) -> Int? {
        guard var value = digit() else { return nil }
        for _ in 1..<digits { value = value * 10 + (digit() ?? 0) }
        while digit() != nil {}
        return value
    }

    /// `+02:00` or `-02:00` as seconds east of UTC.
    package mutating func offset(hours: ClosedRange<Int> = 0...23, minutes: ClosedRange<Int> = 0...59) -> Int? {
        let isWest = take("-")
        guard isWest || take("+"), let hour = number(2), hours.contains(hour), take(":"), let minute = number(2),
            minutes.contains(minute)
        else { return nil }
        return (hour * 3600 + minute * 60) * (isWest ? -1 : 1)
    }

    @inline(__always)
    private mutating func digit() -> Int? {
        guard !isAtEnd, (0x30...0x39).contains(text[place]) else { return nil }
        defer { place += 1 }
        return Int(text[place]) - 0x30
    }
}
