/// The due dates from one on and before another: some moments, and some days.
struct DateRange: Hashable, Sendable {
    /// Milliseconds since 1970.
    let times: Range<Int64>
    /// From 1970-01-01; a day counts as its last millisecond where it is compared with moments.
    let days: Range<Int>

    private init(_ times: Range<Int64>, _ days: Range<Int>) {
        self.times = times
        self.days = days
    }

    /// What a value stands for: a day from midnight to midnight, or one millisecond; nothing for a value that is no date.
    init(of value: FilterValue, in context: FilterContext) {
        switch value {
        case .day(let day): self.init(day: day, context)
        case .today(let step): self.init(day: step.day(after: context.today), context)
        case .time(let time): self.init(time: time, context)
        case .now(let step): self.init(time: context.moment(after: step), context)
        case .null, .word, .flag, .integer, .text: self.init(0..<0, 0..<0)
        }
    }

    private init(day: Int, _ context: FilterContext) {
        self.init(context.start(ofDay: day)..<context.start(ofDay: day + 1), day..<day + 1)
    }

    private init(time: Int64, _ context: FilterContext) {
        self.init(time..<time + 1, context.day(containing: time)..<context.day(containing: time + 1))
    }

    /// What compares with this as an operator says; only the operators of order have an answer.
    func compared(by comparison: FilterOperator) -> DateRange {
        switch comparison {
        case .less: DateRange(.min..<times.lowerBound, .min..<days.lowerBound)
        case .atMost: DateRange(.min..<times.upperBound, .min..<days.upperBound)
        case .greater: DateRange(times.upperBound..<(.max), days.upperBound..<(.max))
        case .atLeast: DateRange(times.lowerBound..<(.max), days.lowerBound..<(.max))
        case .equal, .notEqual, .contains, .has, .isAmong: self
        }
    }

    /// Whether a due date is one of these.
    func contains(_ due: FilterDue) -> Bool {
        switch due {
        case .none: false
        case .time(let time): times.contains(time)
        case .day(let day): days.contains(day)
        }
    }
}
