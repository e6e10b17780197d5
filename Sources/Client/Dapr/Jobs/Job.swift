public import DaprJSON

/// The name of a job, by which the app schedules, reads and deletes it, and gets its calls at `/job/{name}`.
///
/// It must not be empty nor contain `/`, `\`, `#`, `?` or a control character.
public struct JobName: DaprIdentifier {
    /// The name as the app gives it.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// When a job repeats, as Dapr writes it.
public struct JobSchedule: DaprIdentifier {
    /// The text as it stands in the request or the answer.
    public let rawValue: String

    /// Makes a schedule of any text, such as `@daily`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A fixed time between two triggers: `.every(.seconds(90))` is `@every 90s`.
    public static func every(_ duration: Duration) -> JobSchedule {
        JobSchedule("@every \(SecondsText.text(duration))")
    }

    /// A cron expression of **six** fields, seconds first, such as `0 30 * * * *`; `CRON_TZ=Europe/Berlin ` may stand before it.
    public static func cron(_ expression: String) -> JobSchedule { JobSchedule(expression) }
}

/// A call that the sidecar shall make to this app, once or again and again.
///
/// On the wire:
///
/// ```json
/// {"schedule":"@every 1h","dueTime":"2026-09-01T00:00:00Z","repeats":5,"ttl":"48h","data":{"any":"json"},"overwrite":true,
///  "failurePolicy":{"constant":{"interval":"3s","maxRetries":3}}}
/// ```
///
/// A trigger comes at least once, never early, with no bound on how late. After a time without scheduler a repeating job catches up
/// on **every** trigger it missed, one after another. See [Jobs API](https://docs.dapr.io/reference/api/jobs_api/).
public struct Job: Sendable, Hashable {
    /// When it repeats; `nil` for a job that runs once, at ``dueTime``.
    public var schedule: JobSchedule?
    /// When it runs first; required without a ``schedule``, `nil` for the schedule's own first time.
    public var dueTime: ScheduleTime?
    /// How many times it runs, 1 to 2^32 - 1; `nil` for no limit.
    ///
    /// More than one needs a ``schedule``.
    public var repeats: Int?
    /// When it ends, for a job with a ``schedule``; `nil` for no end.
    public var ttl: ScheduleTime?
    /// What each call brings: the bytes of exactly one JSON value, put into the request as they are, or `nil` for none.
    ///
    /// Dapr keeps it as a protobuf value: numbers become doubles, and keys come back sorted.
    public var json: [UInt8]?
    /// What to do when the app fails; `nil` is the sidecar's default, three retries one second apart.
    public var failurePolicy: JobFailurePolicy?

    /// Makes a job with data that is JSON already.
    ///
    /// - Parameters:
    ///   - schedule: when it repeats; `nil` for a job that runs once.
    ///   - dueTime: when it runs first; `nil` for the schedule's own first time.
    ///   - repeats: how many times it runs, 1 to 2^32 - 1; `nil` for no limit.
    ///   - ttl: when it ends; `nil` for no end.
    ///   - json: what each call brings, the bytes of exactly one JSON value; `nil` for none.
    ///   - failurePolicy: what to do when the app fails; `nil` is the sidecar's default, three retries one second apart.
    public init(
        schedule: JobSchedule? = nil,
        dueTime: ScheduleTime? = nil,
        repeats: Int? = nil,
        ttl: ScheduleTime? = nil,
        json: [UInt8]? = nil,
        failurePolicy: JobFailurePolicy? = nil
    ) {
        self.schedule = schedule
        self.dueTime = dueTime
        self.repeats = repeats
        self.ttl = ttl
        self.json = json
        self.failurePolicy = failurePolicy
    }

    /// Makes a job with a JSON value as data: `Job(dueTime: .after(.seconds(5)), value: ["task": "t1"])`.
    ///
    /// - Parameters:
    ///   - schedule: when it repeats; `nil` for a job that runs once.
    ///   - dueTime: when it runs first; `nil` for the schedule's own first time.
    ///   - repeats: how many times it runs, 1 to 2^32 - 1; `nil` for no limit.
    ///   - ttl: when it ends; `nil` for no end.
    ///   - value: what each call brings.
    ///   - failurePolicy: what to do when the app fails; `nil` is the sidecar's default, three retries one second apart.
    public init(
        schedule: JobSchedule? = nil,
        dueTime: ScheduleTime? = nil,
        repeats: Int? = nil,
        ttl: ScheduleTime? = nil,
        value: JSONValue,
        failurePolicy: JobFailurePolicy? = nil
    ) {
        self.init(
            schedule: schedule,
            dueTime: dueTime,
            repeats: repeats,
            ttl: ttl,
            json: value.serialized(),
            failurePolicy: failurePolicy
        )
    }

    /// Makes a job with data that is encoded to JSON.
    ///
    /// - Parameters:
    ///   - schedule: when it repeats; `nil` for a job that runs once.
    ///   - dueTime: when it runs first; `nil` for the schedule's own first time.
    ///   - repeats: how many times it runs, 1 to 2^32 - 1; `nil` for no limit.
    ///   - ttl: when it ends; `nil` for no end.
    ///   - value: what each call brings.
    ///   - failurePolicy: what to do when the app fails; `nil` is the sidecar's default, three retries one second apart.
    /// - Throws: `EncodingError` when the value cannot be JSON, such as a number that is not finite; what its own encoding throws.
    public init(
        schedule: JobSchedule? = nil,
        dueTime: ScheduleTime? = nil,
        repeats: Int? = nil,
        ttl: ScheduleTime? = nil,
        encoding value: some Encodable,
        failurePolicy: JobFailurePolicy? = nil
    ) throws {
        self.init(
            schedule: schedule,
            dueTime: dueTime,
            repeats: repeats,
            ttl: ttl,
            json: try JSONCoding.encode(value),
            failurePolicy: failurePolicy
        )
    }
}

/// What the sidecar does when the app does not answer a job's call with success.
///
/// On the wire: `{"drop":{}}` and `{"constant":{"interval":"3s","maxRetries":3}}`.
public enum JobFailurePolicy: Sendable, Hashable {
    /// Gives this trigger up at once.
    case drop
    /// Calls again after a fixed time.
    ///
    /// `interval` is `nil` to call again at once, `maxRetries` is 0 to 2^32 - 1, and `nil` to call for ever.
    case constant(interval: Duration?, maxRetries: Int?)
}
