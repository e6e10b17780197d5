internal import DaprJSON

extension ScheduledJob {
    /// The job and its progress as a JSON document for a store.
    ///
    /// Moments are nanoseconds since 1970, written as text: a JSON number would lose precision.
    var kept: [UInt8] {
        var object: JSONObject = [
            "job": .object(definition.document), "begin": .string(String(begin.nanoseconds)),
            "count": .integer(progress.count), "attempts": .integer(progress.attempts),
        ]
        object["expiration"] = expiration.map { .string(String($0.nanoseconds)) }
        object["last"] = progress.last.map { .string(String($0.nanoseconds)) }
        return JSONValue.object(object).serialized()
    }

    /// Restores a stored job; `nil` when it has ended.
    ///
    /// - Throws: ``JobFault`` when the document was not written by ``kept``.
    init?(kept bytes: [UInt8], files: any ResourceFiles) throws(JobFault) {
        let parts: Parts
        do throws(RequestFault) {
            parts = try Parts(bytes)
        } catch {
            throw JobFault("the kept job cannot be read: \(error.message)")
        }
        try self.init(
            parts.definition,
            begin: parts.begin,
            expiration: parts.expiration,
            progress: parts.progress,
            files: files
        )
    }

    private struct Parts {
        let definition: JobDefinition
        let begin: WallTime
        let expiration: WallTime?
        let progress: Progress

        init(_ bytes: [UInt8]) throws(RequestFault) {
            guard let object = try RequestJSON.value(bytes).objectValue else {
                throw RequestFault(message: "no object")
            }
            let fields = ProtoFields(object)
            guard let job = try fields.message("job"), let begin = try Self.moment("begin", fields) else {
                throw RequestFault(message: "job or begin is missing")
            }
            definition = try JobDefinition(job)
            self.begin = begin
            expiration = try Self.moment("expiration", fields)
            progress = Progress(
                count: try fields.unsigned("count") ?? 0,
                attempts: try fields.unsigned("attempts") ?? 0,
                last: try Self.moment("last", fields)
            )
        }

        private static func moment(_ name: String, _ fields: ProtoFields) throws(RequestFault) -> WallTime? {
            guard let text = try fields.string(name) else { return nil }
            guard let number = Int64(text) else { throw RequestFault(message: "\(name) is no moment") }
            return WallTime(nanoseconds: number)
        }
    }
}
