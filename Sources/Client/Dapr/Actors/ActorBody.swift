internal import DaprJSON

/// Writes the bodies of actor requests, and reads a reminder from an answer.
enum ActorBody {
    /// The body of a state transaction: an array of operations.
    static func transaction(
        _ operations: [ActorStateOperation],
        _ operation: Operation
    ) throws(DaprError) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.beginArray()
        for step in operations {
            try StateBody.check(step.key, operation)
            json.beginObject()
            json.key("operation")
            switch step {
            case .upsert(let key, let value, let ttl):
                if value.isEmpty { throw operation.invalidArgument("a state value has no bytes; JSON null is 4") }
                json.string("upsert")
                json.key("request")
                json.beginObject()
                json.key("key")
                json.string(key.rawValue)
                json.key("value")
                json.raw(value)
                if let ttl {
                    guard let seconds = SecondsText.wholeSeconds(ttl) else {
                        throw operation.invalidArgument("a time to live is not positive, or 2^31 seconds or more")
                    }
                    json.key("metadata")
                    json.write(["ttlInSeconds": String(seconds)])
                }
                json.endObject()
            case .delete(let key):
                json.string("delete")
                json.key("request")
                json.beginObject()
                json.key("key")
                json.string(key.rawValue)
                json.endObject()
            }
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }

    /// The body that registers a reminder or a timer.
    static func schedule(
        _ schedule: ActorSchedule,
        callback: String? = nil,
        overwrite: Bool = true,
        _ operation: Operation
    ) throws(DaprError) -> [UInt8] {
        if schedule.json?.isEmpty == true { throw operation.invalidArgument("the data has no bytes; JSON null is 4") }
        var json = JSONWriter(capacity: 128 &+ (schedule.json?.count ?? 0))
        json.beginObject()
        let times = [("dueTime", schedule.dueTime), ("period", schedule.period), ("ttl", schedule.ttl)]
        for case (let name, let time?) in times {
            json.key(name)
            json.string(time.rawValue)
        }
        if let data = schedule.json {
            json.key("data")
            json.raw(data)
        }
        if let callback {
            json.key("callback")
            json.string(callback)
        }
        // A reminder of the same name is replaced unless this says otherwise.
        if !overwrite {
            json.key("overwrite")
            json.bool(false)
        }
        json.endObject()
        return json.bytes
    }

    /// The reminder of an answer: `{"actorID":"1","actorType":"counter","data":1,"dueTime":"1h","period":"@every 1h0m0s"}`.
    static func schedule(_ answer: JSONAnswer) -> ActorSchedule? {
        guard answer.object != nil else { return nil }
        return ActorSchedule(
            dueTime: time("dueTime", answer),
            period: time("period", answer),
            ttl: time("ttl", answer),
            json: answer.value["data"].map { $0.serialized() }
        )
    }

    private static func time(_ name: String, _ answer: JSONAnswer) -> ScheduleTime? {
        answer.text(name).flatMap { $0.isEmpty ? nil : ScheduleTime($0) }
    }
}
