package import DaprCalendar

/// When and where a filter is asked.
package struct FilterContext: Sendable {
    /// Milliseconds since 1970.
    package let now: Int64
    /// The asker's zone, whose midnights part the days.
    package let zone: TimeZoneRules
    /// The day in the zone, from 1970-01-01.
    package let today: Int

    package init(now: Int64, zone: TimeZoneRules) {
        self.now = now
        self.zone = zone
        today = zone.day(containing: Self.second(of: now).quotient)
    }

    /// When a day begins, in milliseconds since 1970.
    package func start(ofDay day: Int) -> Int64 { Int64(zone.start(ofDay: day)) * 1000 }

    /// A due date's place in the order of due dates; `nil` where there is none.
    ///
    /// A day stands behind all moments in it, and before the midnight that ends it.
    package func order(of due: FilterDue) -> Int64? {
        switch due {
        case .none: nil
        case .time(let time): time * 2
        case .day(let day): start(ofDay: day + 1) * 2 - 1
        }
    }

    /// The day that a moment, in milliseconds, is in.
    func day(containing time: Int64) -> Int { zone.day(containing: Self.second(of: time).quotient) }

    /// The moment that a step leads to from now, in milliseconds.
    func moment(after step: DateStep) -> Int64 {
        if step.unit == .hours { return now + Int64(step.count) * 3_600_000 }
        let (second, rest) = Self.second(of: now)
        let today = (second + zone.offset(at: second)).flooredQuotientAndRemainder(dividingBy: 86_400).quotient
        let days = step.day(after: today) - today
        return days == 0 ? now : Int64(zone.moment(days, daysAfter: second)) * 1000 + Int64(rest)
    }

    private static func second(of time: Int64) -> (quotient: Int, remainder: Int) {
        Int(time).flooredQuotientAndRemainder(dividingBy: 1000)
    }
}
