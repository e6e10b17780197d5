/// What came of one export.
package enum ExportOutcome: Sendable, Equatable {
    /// The collector took the spans, but for some that it rejects.
    case accepted(rejected: Int, message: String)
    /// It never takes these spans; the text is for an operator.
    case refused(String)
    /// It may take them later: after this long, if it said so.
    case unavailable(retryAfter: Duration?, String)

    /// Judges an answer as OTLP has it.
    ///
    /// https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
    ///
    /// - Parameters:
    ///   - status: The answer's status.
    ///   - retryAfter: Its header `Retry-After`; a date in it counts for nothing, as few collectors send one.
    ///   - body: Its body, of which nothing but the count and the message of a partial success is read.
    package init(status: Int, retryAfter: String?, body: [UInt8]) {
        switch status {
        case 200...299:
            let (rejected, message) = ExportOutcome.partialSuccess(body)
            self = .accepted(rejected: rejected, message: message)
        case 429, 502, 503, 504:
            let seconds = retryAfter.flatMap { Int($0) }.map { Duration.seconds(min(max($0, 0), 86_400)) }
            self = .unavailable(retryAfter: seconds, "status \(status)")
        default:
            self = .refused("status \(status)")
        }
    }

    /// Reads `partial_success` of an `ExportTraceServiceResponse`.
    private static func partialSuccess(_ body: [UInt8]) -> (rejected: Int, message: String) {
        var (rejected, message) = (0, "")
        var answer = ProtobufReader(body[...])
        while let (field, value) = answer.next() {
            guard field == 1, case .bytes(let bytes) = value else { continue }
            var partial = ProtobufReader(bytes)
            while let (field, value) = partial.next() {
                switch (field, value) {
                case (1, .number(let number)): rejected = Int(clamping: number)
                case (2, .bytes(let text)): message = String(decoding: text.prefix(200), as: UTF8.self)
                default: continue
                }
            }
        }
        return (rejected, message)
    }
}

/// Carries exports to a collector.
package protocol SpanExporter: Sendable {
    /// Sends one export.
    ///
    /// - Parameters:
    ///   - body: An `ExportTraceServiceRequest` in Protocol Buffers.
    ///   - timeout: The most time for it.
    /// - Returns: What came of it.
    func export(_ body: [UInt8], timeout: Duration) async -> ExportOutcome
}
