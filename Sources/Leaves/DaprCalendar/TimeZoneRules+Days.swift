// Days of a zone: what its clocks show from one midnight to the next, 23 to 25 hours as a rule.
extension TimeZoneRules {
    /// The moment, in seconds since 1970, at which a day begins; days count from 1970-01-01.
    ///
    /// Where clocks leave midnight out, the day begins when they move. Of two midnights it is the first.
    package func start(ofDay day: Int) -> Int { moment(local: day * 86_400) }

    /// The day that a moment, in seconds since 1970, is in: the last that has begun by then.
    ///
    /// Where clocks go back over midnight that is no longer the day they show: a day begins once.
    package func day(containing time: Int) -> Int {
        var day = (time + offset(at: time)).flooredQuotientAndRemainder(dividingBy: 86_400).quotient
        while start(ofDay: day) > time { day -= 1 }
        while start(ofDay: day + 1) <= time { day += 1 }
        return day
    }

    /// The moment, in seconds since 1970, some days after another, at the same time of day.
    package func moment(_ days: Int, daysAfter time: Int) -> Int {
        moment(local: time + offset(at: time) + days * 86_400)
    }
}
