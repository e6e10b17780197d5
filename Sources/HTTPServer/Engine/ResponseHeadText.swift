internal import CMicrohttpd
import EventLoop

/// The head of an answer as libmicrohttpd writes it.
enum ResponseHeadText {
    /// The status line and the fields, each line ended by CR LF, with an empty line at the end.
    ///
    /// - Parameters:
    ///   - response: The answer.
    ///   - length: The bytes of its body; `nil` for one that is sent in chunks.
    ///   - closes: Whether the connection ends with the answer.
    ///   - seconds: The time of the answer, in seconds since 1970.
    /// - Returns: The lines.
    static func bytes(_ response: HTTPResponse, length: Int?, closes: Bool, seconds: Int) -> [UInt8] {
        let code = response.status.code
        let phrase = unsafe MHD_get_reason_phrase_for(UInt32(clamping: code))
        let reason = unsafe phrase.map { unsafe String(cString: $0) } ?? ""
        var lines = Array("HTTP/1.1 \(code) \(reason)\r\nDate: \(date(seconds))\r\n".utf8)
        if closes { lines += "Connection: close\r\n".utf8 }
        for (name, value) in response.headers {
            lines += name.utf8
            lines += ": ".utf8
            lines += HeaderText.bytes(value)
            lines += "\r\n".utf8
        }
        if let length {
            if code != 204, code != 304 { lines += "Content-Length: \(length)\r\n".utf8 }
        } else {
            lines += "Transfer-Encoding: chunked\r\n".utf8
        }
        return lines + "\r\n".utf8
    }

    /// A time as RFC 9110, section 5.6.7, writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func date(_ seconds: Int) -> String {
        let (days, second) = (floorDivision(seconds, 86_400), floorRemainder(seconds, 86_400))
        // Counted from 0000-03-01, so that the day of a leap year is the last of its year; eras have 400 years.
        let day = days + 719_468
        let era = floorDivision(day, 146_097)
        let dayOfEra = floorRemainder(day, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 2 : shifted - 10
        let year = yearOfEra + era * 400 + (month < 2 ? 1 : 0)
        let time = "\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
        let weekday = weekdays[floorRemainder(days + 4, 7)]
        return "\(weekday), \(padded(dayOfYear - (153 * shifted + 2) / 5 + 1)) \(months[month]) \(year) \(time) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func floorDivision(_ number: Int, _ divisor: Int) -> Int {
        number >= 0 ? number / divisor : -((divisor - 1 - number) / divisor)
    }

    private static func floorRemainder(_ number: Int, _ divisor: Int) -> Int {
        number - floorDivision(number, divisor) * divisor
    }
}
