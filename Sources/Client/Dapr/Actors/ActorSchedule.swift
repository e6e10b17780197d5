public import DaprJSON

/// When an actor is called by a reminder or a timer, and with what.
///
/// On the wire: `{"dueTime":"1h","period":"PT1H","ttl":"48h","data":{"x":1}}`; for a timer also `"callback":"tick"`.
///
/// A **reminder** is kept by Dapr's scheduler and activates its actor; a **timer** lives with the activation and ends with it.
/// The calls reach the host of the actor as `PUT /actors/{type}/{id}/method/remind/{name}` and `…/method/timer/{name}`.
///
/// See [Timers and reminders](https://docs.dapr.io/developing-applications/building-blocks/actors/actors-timers-reminders/).
public struct ActorSchedule: Sendable, Hashable {
    /// When it calls first; `nil` for at once.
    public var dueTime: ScheduleTime?
    /// The time between two calls, such as `1h`, or `R5/PT1H` for five calls; `nil` for a single one.
    public var period: ScheduleTime?
    /// When it ends; `nil` for no end.
    public var ttl: ScheduleTime?
    /// What each call brings: the bytes of exactly one JSON value, put into the request as they are, or `nil` for none.
    public var json: [UInt8]?

    /// Makes a schedule with data that is JSON already.
    ///
    /// - Parameters:
    ///   - dueTime: when it calls first; `nil` for at once.
    ///   - period: the time between two calls, such as `1h`, or `R5/PT1H` for five calls; `nil` for a single one.
    ///   - ttl: when it ends; `nil` for no end.
    ///   - json: what each call brings, the bytes of exactly one JSON value; `nil` for none.
    public init(
        dueTime: ScheduleTime? = nil,
        period: ScheduleTime? = nil,
        ttl: ScheduleTime? = nil,
        json: [UInt8]? = nil
    ) {
        self.dueTime = dueTime
        self.period = period
        self.ttl = ttl
        self.json = json
    }

    /// Makes a schedule with a JSON value as data: `ActorSchedule(dueTime: .after(.seconds(1)), value: ["x": 1])`.
    ///
    /// - Parameters:
    ///   - dueTime: when it calls first; `nil` for at once.
    ///   - period: the time between two calls, such as `1h`, or `R5/PT1H` for five calls; `nil` for a single one.
    ///   - ttl: when it ends; `nil` for no end.
    ///   - value: what each call brings.
    public init(
        dueTime: ScheduleTime? = nil,
        period: ScheduleTime? = nil,
        ttl: ScheduleTime? = nil,
        value: JSONValue
    ) {
        self.init(dueTime: dueTime, period: period, ttl: ttl, json: value.serialized())
    }

    /// Makes a schedule with data that is encoded to JSON.
    ///
    /// - Parameters:
    ///   - dueTime: when it calls first; `nil` for at once.
    ///   - period: the time between two calls, such as `1h`, or `R5/PT1H` for five calls; `nil` for a single one.
    ///   - ttl: when it ends; `nil` for no end.
    ///   - value: what each call brings.
    /// - Throws: `EncodingError` when the value cannot be JSON, such as a number that is not finite; what its own encoding throws.
    public init(
        dueTime: ScheduleTime? = nil,
        period: ScheduleTime? = nil,
        ttl: ScheduleTime? = nil,
        encoding value: some Encodable
    ) throws {
        self.init(dueTime: dueTime, period: period, ttl: ttl, json: try JSONCoding.encode(value))
    }
}
