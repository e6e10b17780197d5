/// A moment between the years 1 and 9999, to the nanosecond.
package struct CELTimestamp: Sendable, Hashable, Comparable {
    /// Whole seconds since 1970, UTC, rounded down.
    package let seconds: Int64
    /// Nanoseconds after that second, 0 to 999,999,999.
    package let nanos: Int64

    static let allowedSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// A moment; `nil` outside the years 1 to 9999 or when the nanoseconds are no part of a second.
    package init?(seconds: Int64, nanos: Int64 = 0) {
        guard Self.allowedSeconds.contains(seconds), (0..<1_000_000_000).contains(nanos) else { return nil }
        self.seconds = seconds
        self.nanos = nanos
    }

    /// Reads RFC 3339: `2026-01-02T03:04:05.678Z`, or with an offset such as `+02:00`.
    package init?(parsing text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.take("T") || reader.take("t"), let hour = reader.number(2),
            reader.take(":"),
            let minute = reader.number(2), reader.take(":"), let second = reader.number(2)
        else { return nil }
        var nanos: Int64 = 0
        if reader.take(".") {
            guard let fraction = reader.fraction() else { return nil }
            nanos = fraction
        }
        var offset: Int64 = 0
        if !reader.take("Z"), !reader.take("z") {
            guard let read = reader.offset() else { return nil }
            offset = read
        }
        guard reader.isAtEnd, (1...12).contains(month), (1...CELCalendar.days(in: month, year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let days = CELCalendar.dayNumber(year, month, day)
        self.init(seconds: days * 86_400 + hour * 3_600 + minute * 60 + second - offset, nanos: nanos)
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.seconds, left.nanos) < (right.seconds, right.nanos)
    }

    /// The moment in RFC 3339, UTC.
    package var text: String {
        let date = CELCalendar.date(dayNumber: seconds.flooredQuotient(86_400))
        let second = seconds.flooredRemainder(86_400)
        let day = "\(date.year.padded(4))-\(date.month.padded(2))-\(date.day.padded(2))"
        let time = "\((second / 3_600).padded(2)):\((second / 60 % 60).padded(2)):\((second % 60).padded(2))"
        return "\(day)T\(time)\(nanos.fractionText)Z"
    }

    func adding(_ nanoseconds: Int64, _ function: Function) throws(CELError) -> Self {
        let total = Int128(seconds) * 1_000_000_000 + Int128(nanos) + Int128(nanoseconds)
        let remainder = (total % 1_000_000_000 + 1_000_000_000) % 1_000_000_000
        guard let whole = Int64(exactly: (total - remainder) / 1_000_000_000),
            let sum = Self(seconds: whole, nanos: Int64(remainder))
        else { throw .overflow(function.rawValue) }
        return sum
    }
}

/// Reads numbers of a fixed width.
struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == scalar.value else { return false }
        position += 1
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// The digits after a decimal point, in nanoseconds; what is finer is dropped.
    mutating func fraction() -> Int64? {
        guard var value = digit() else { return nil }
        var count = 1
        while let digit = digit() {
            if count < 9 { value = value * 10 + digit }
            count += 1
        }
        while count < 9 {
            value *= 10
            count += 1
        }
        return value
    }

    /// `+02:00` or `-02:00`, in seconds.
    mutating func offset() -> Int64? {
        let isNegative = take("-")
        guard isNegative || take("+"), let hours = number(2), take(":"), let minutes = number(2), hours < 24,
            minutes < 60
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return isNegative ? -seconds : seconds
    }

    private mutating func digit() -> Int64? {
        guard position < bytes.count, (0x30...0x39).contains(bytes[position]) else { return nil }
        position += 1
        return Int64(bytes[position - 1] - 0x30)
    }
}

extension Int64 {
    func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }

    /// Nanoseconds as `.5`, without trailing zeros; nothing for 0.
    var fractionText: String {
        guard self != 0 else { return "" }
        var digits = Substring(padded(9))
        while digits.last == "0" { digits.removeLast() }
        return "." + digits
    }

    /// Division that rounds down; the divisor is positive.
    func flooredQuotient(_ divisor: Int64) -> Int64 { (self - flooredRemainder(divisor)) / divisor }

    func flooredRemainder(_ divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
