internal import DaprJSON

/// Writes a job for a request, and reads it from an answer.
enum JobBody {
    /// The body of a schedule call; what the sidecar would refuse is refused here.
    static func schedule(_ job: Job, overwrite: Bool, _ operation: Operation) throws(DaprError) -> [UInt8] {
        try check(job, operation)
        var json = JSONWriter(capacity: 160 &+ (job.json?.count ?? 0))
        json.beginObject()
        if let schedule = job.schedule {
            json.key("schedule")
            json.string(schedule.rawValue)
        }
        if let dueTime = job.dueTime {
            json.key("dueTime")
            json.string(dueTime.rawValue)
        }
        if let repeats = job.repeats {
            json.key("repeats")
            json.integer(repeats)
        }
        if let ttl = job.ttl {
            json.key("ttl")
            json.string(ttl.rawValue)
        }
        if let data = job.json {
            json.key("data")
            json.raw(data)
        }
        if overwrite {
            json.key("overwrite")
            json.bool(true)
        }
        if let policy = job.failurePolicy {
            json.key("failurePolicy")
            write(policy, to: &json)
        }
        json.endObject()
        return json.bytes
    }

    /// The job of an answer; `nil` when it is not one.
    static func job(_ answer: JSONAnswer) -> Job? {
        guard answer.object != nil else { return nil }
        var job = Job(
            schedule: answer.text("schedule").map { JobSchedule($0) },
            dueTime: answer.text("dueTime").map { ScheduleTime($0) },
            repeats: answer.value["repeats"]?.intValue,
            ttl: answer.text("ttl").map { ScheduleTime($0) },
            json: answer.value["data"].map { data($0).serialized() }
        )
        if let policy = answer.value["failurePolicy"] {
            guard let policy = failurePolicy(policy) else { return nil }
            job.failurePolicy = policy
        }
        return job
    }

    private static func check(_ job: Job, _ operation: Operation) throws(DaprError) {
        if job.schedule == nil && job.dueTime == nil {
            throw operation.invalidArgument("a job needs a schedule or a due time")
        }
        if let repeats = job.repeats, UInt32(exactly: repeats) ?? 0 == 0 {
            throw operation.invalidArgument("repeats is not between 1 and 2^32 - 1")
        }
        if job.schedule == nil && (job.ttl != nil || job.repeats ?? 1 > 1) {
            throw operation.invalidArgument("a job that ends or repeats needs a schedule")
        }
        if job.json?.isEmpty == true { throw operation.invalidArgument("the data has no bytes; JSON null is 4") }
        if case .constant(let interval, let retries) = job.failurePolicy {
            if let interval, interval < .zero { throw operation.invalidArgument("the interval of retries is negative") }
            if let retries, UInt32(exactly: retries) == nil {
                throw operation.invalidArgument("maxRetries is not between 0 and 2^32 - 1")
            }
        }
    }

    private static func write(_ policy: JobFailurePolicy, to json: inout JSONWriter) {
        json.beginObject()
        switch policy {
        case .drop:
            json.key("drop")
            json.beginObject()
        case .constant(let interval, let maxRetries):
            json.key("constant")
            json.beginObject()
            if let interval {
                json.key("interval")
                json.string(SecondsText.text(interval))
            }
            if let maxRetries {
                json.key("maxRetries")
                json.integer(maxRetries)
            }
        }
        json.endObject()
        json.endObject()
    }

    /// The value inside a protobuf `Value`; data of another type, which a gRPC client may have scheduled, as it stands.
    private static func data(_ value: JSONValue) -> JSONValue {
        guard value["@type"]?.stringValue == "type.googleapis.com/google.protobuf.Value" else { return value }
        return value["value"] ?? .null
    }

    private static func failurePolicy(_ value: JSONValue) -> JobFailurePolicy? {
        if value["drop"] != nil { return .drop }
        guard let constant = value["constant"] else { return nil }
        let interval = constant["interval"]?.stringValue
        let duration = interval.flatMap(SecondsText.duration)
        if interval != nil && duration == nil { return nil }
        return .constant(interval: duration, maxRetries: constant["maxRetries"]?.intValue)
    }
}
