/// A time of a job, a reminder or a timer as Dapr writes it: a moment, or how long from now.
///
/// Dapr reads RFC 3339 (`2026-09-01T00:00:00Z`), Go's durations (`1h30m`) and durations of ISO 8601 (`PT1H30M`). What a call reads
/// back is the text as the sidecar keeps it, which for a period can be another one than was sent (`@every 1h0m0s`).
///
/// See [Jobs API](https://docs.dapr.io/reference/api/jobs_api/).
public struct ScheduleTime: DaprIdentifier {
    /// The text as it stands in the request or the answer.
    public let rawValue: String

    /// Makes a time of any text.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A duration, counted from when the sidecar takes the call, in nanoseconds at the finest: `.after(.seconds(90))` is `90s`.
    public static func after(_ duration: Duration) -> ScheduleTime { ScheduleTime(SecondsText.text(duration)) }

    /// A moment, which is written in RFC 3339 and UTC, such as `2026-09-01T00:00:00Z`; one in the past means at once.
    public static func at(_ moment: DaprTimestamp) -> ScheduleTime { ScheduleTime(moment.description) }

    /// The moment that the text spells, or `nil` when it is a duration or another form.
    public var moment: DaprTimestamp? { DaprTimestamp(parsing: rawValue) }
}
