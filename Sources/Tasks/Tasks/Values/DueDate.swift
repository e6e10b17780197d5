/// When a task must be done.
package enum DueDate: Hashable, Sendable {
    /// At a point in time.
    case time(Timestamp)
    /// By the end of a day, wherever the person doing it is: a day is never turned into a time.
    case day(UTCDay)

    /// Parses the stored form: a time such as `2026-01-02T03:04:05.678Z`, or a day such as `2026-01-02`; `nil` for
    /// anything else.
    package init?(parsing text: String) {
        if let time = Timestamp(parsing: text) {
            self = .time(time)
        } else if let day = UTCDay(text) {
            self = .day(day)
        } else {
            return nil
        }
    }

    /// The form in which it is stored and answered.
    package var text: String {
        switch self {
        case .time(let time): time.text
        case .day(let day): day.text
        }
    }

    /// Whether the due date is a day.
    package var isDay: Bool {
        if case .day = self { true } else { false }
    }
}
