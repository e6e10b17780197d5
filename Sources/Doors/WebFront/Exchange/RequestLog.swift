import Dapr
import DaprHTTP
import DaprLog

/// Writes the one line that each request has in the log.
///
/// What failed (400 and above) and what was slow always has its line; of all else a share may be enough. Requests of one trace are chosen
/// together, so that what is logged of a trace is whole.
struct RequestLog: Sendable {
    let logger: Logger
    private let policy: RequestLogPolicy

    init(_ logger: Logger, _ policy: RequestLogPolicy) {
        self.logger = logger
        self.policy = policy
    }

    /// Writes the line of a request, or leaves it out.
    ///
    /// - Parameters:
    ///   - response: The answer, whose body may not be sent.
    ///   - duration: The time from the request's head to the answer.
    ///   - request: The request; without its body when it was refused by its head.
    ///   - exchange: What is known of it.
    func write(_ response: HTTPResponse, _ duration: Duration, _ request: HTTPRequest, _ exchange: Exchange) {
        let level: LogLevel = response.status.code >= 500 ? .warning : .info
        guard logger.level <= level else { return }
        let isSample = response.status.code < 400 && duration < policy.slow
        guard !isSample || policy.takes(exchange.trace) else { return }
        var fields: LogFields = [
            .method: .string(request.method.rawValue),
            .route: .string(exchange.route),
            .status: .int(response.status.code),
            .durationMilliseconds: .double(duration.roundedMilliseconds),
            .correlationID: .string(exchange.correlationID.rawValue),
            .traceID: .string(exchange.trace.traceID),
            .bytesIn: .int(request.body.count),
            .bytesOut: .int(request.method == .head ? 0 : response.bytes.count),
        ]
        if let principal = exchange.principal { fields[.user] = .string(principal.logName) }
        if let agent = exchange.principal?.agent ?? request.headers["User-Agent"] {
            fields[.agent] = .string(RequestLogPolicy.cut(agent))
        }
        if isSample, policy.sample < 1 { fields[.sample] = .double(policy.sample) }
        logger.log(level, "request", fields)
    }
}

/// Which requests have a line in the log.
package struct RequestLogPolicy: Sendable {
    /// The share of quick successes that is logged, from 0 to 1.
    package let sample: Double
    /// How long a request takes that is always logged.
    package let slow: Duration

    /// Creates a policy; by default every request has its line.
    package init(sample: Double = 1, slow: Duration = .seconds(1)) {
        self.sample = sample
        self.slow = slow
    }

    /// Whether the requests of a trace are among those that are logged; its identifier is random.
    func takes(_ trace: TraceContext) -> Bool {
        sample >= 1 || Double(trace.traceNumber >> 11) < sample * Double(UInt64(1) << 53)
    }

    /// The first bytes of a text that a client chose, up to the end of a character.
    static func cut(_ text: String) -> String {
        guard text.utf8.count > agentBytes else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: agentBytes)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text[..<end])
    }

    /// The most bytes of the agent's name in a line.
    static let agentBytes = 120
}

extension Duration {
    /// Milliseconds with three decimals, as in log lines.
    var roundedMilliseconds: Double {
        let parts = components
        let microseconds = Double(parts.seconds) * 1_000_000 + (Double(parts.attoseconds) / 1_000_000_000_000).rounded()
        return microseconds / 1000
    }
}
