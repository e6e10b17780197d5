internal import DaprJSON

/// A job as the application requested it.
///
///     {"schedule":"@every 1h","repeats":5,"dueTime":"2026-09-01T00:00:00Z","ttl":"48h","data":{"any":"json"},
///      "failurePolicy":{"constant":{"interval":"3s","maxRetries":3}}}
struct JobDefinition: Equatable, Sendable {
    /// What happens after a failed run.
    enum FailurePolicy: Equatable, Sendable {
        /// The run is given up.
        case drop
        /// The run is tried again: at once when `interval` is `nil`, and without a limit when `maxRetries` is `nil`.
        case constant(interval: Duration?, maxRetries: Int?)

        /// The policy of a job that names none.
        static let standard = FailurePolicy.constant(interval: .seconds(1), maxRetries: 3)
    }

    var schedule: String?
    var dueTime: String?
    var repeats: Int?
    var ttl: String?
    /// JSON in which every number is a double; `nil` means absent, which is not `null`.
    var data: JSONValue?
    var failurePolicy = FailurePolicy.standard
}

/// The body of the call that schedules a job.
struct JobRequest {
    var definition: JobDefinition
    var overwrites: Bool
    /// `name` in the body, which belongs in the path.
    var name: String?

    /// Parses a body as daprd does.
    ///
    /// It is protobuf's JSON: names may have underscores, unknown ones are ignored, and an empty body sets nothing.
    init(_ body: [UInt8]) throws(RequestFault) {
        let json: JSONValue
        do throws(JSONError) {
            json = body.isEmpty ? .null : try JSONValue(parsing: body)
        } catch {
            throw RequestFault(message: "\(error)")
        }
        guard let object = json.isNull ? [:] : json.objectValue else {
            throw RequestFault(message: "the body must be an object")
        }
        let fields = ProtoFields(object)
        name = try fields.string("name").flatMap { $0.isEmpty ? nil : $0 }
        overwrites = try fields.bool("overwrite") ?? false
        definition = try JobDefinition(fields)
    }
}

extension JobDefinition {
    /// Reads the fields of a request body, or of the document that stores the job.
    init(_ fields: ProtoFields) throws(RequestFault) {
        schedule = try fields.string("schedule")
        dueTime = try fields.string("dueTime")
        ttl = try fields.string("ttl")
        repeats = try fields.unsigned("repeats")
        data = fields.object["data"].map(\.withDoubles)
        if let policy = try fields.message("failurePolicy") { failurePolicy = try FailurePolicy(policy) ?? .standard }
    }

    /// The job as `GET` answers it.
    func answer(name: String) -> JSONValue {
        var object = document
        object["name"] = .string(name)
        if let data {
            object["data"] = [
                "@type": "type.googleapis.com/google.protobuf.Value", "value": data,
            ]
        }
        return .object(object)
    }

    /// The fields as they are stored.
    var document: JSONObject {
        var object: JSONObject = ["failurePolicy": failurePolicy.json]
        object["schedule"] = schedule.map { .string($0) }
        object["dueTime"] = dueTime.map { .string($0) }
        object["ttl"] = ttl.map { .string($0) }
        object["repeats"] = repeats.map { .integer($0) }
        object["data"] = data
        return object
    }
}

extension JobDefinition.FailurePolicy {
    /// Reads a policy; `nil` when it names no kind.
    fileprivate init?(_ fields: ProtoFields) throws(RequestFault) {
        switch (try fields.message("drop"), try fields.message("constant")) {
        case (nil, nil): return nil
        case (_?, nil): self = .drop
        case (nil, let constant?):
            let interval = try constant.string("interval").map { text throws(RequestFault) in
                guard let interval = ProtoDuration.parse(text) else {
                    throw RequestFault(message: "invalid duration \"\(text)\" in \"interval\"; write it in seconds: 3s")
                }
                return interval
            }
            self = .constant(interval: interval, maxRetries: try constant.unsigned("maxRetries"))
        case (_?, _?): throw RequestFault(message: "\"failurePolicy\" has more than one kind")
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .drop: return ["drop": [:]]
        case .constant(let interval, let maxRetries):
            var object = JSONObject()
            object["interval"] = interval.map { .string(ProtoDuration.text($0)) }
            object["maxRetries"] = maxRetries.map { .integer($0) }
            return ["constant": .object(object)]
        }
    }
}

extension JSONValue {
    /// The value with every number converted to a double, as in protobuf.
    fileprivate var withDoubles: JSONValue {
        switch self {
        case .number(let number): .double(number.doubleValue)
        case .array(let elements): .array(elements.map(\.withDoubles))
        case .object(let object): .object(JSONObject(object.map { ($0.key, $0.value.withDoubles) }))
        case .null, .bool, .string: self
        }
    }
}
