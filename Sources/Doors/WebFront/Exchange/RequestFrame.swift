import Dapr
import DaprHTTP
import DaprLog
import DaprMetrics
import OpenTelemetry
import ServiceMetrics

/// The parts that all requests share: trace and correlation ID before the answer; headers, log line and metrics after
/// it.
struct RequestFrame: Sendable {
    let cors: CORSPolicy
    /// Records the spans of requests; `nil` when none are exported.
    let tracer: Tracer?
    private let log: RequestLog
    private let requests: Counter
    private let durations: Histogram
    private let traceIDs = TraceIDs()

    /// Creates a frame that writes to `log`, counts in `metrics` and records with `tracer`.
    init(cors: CORSPolicy, log: RequestLog, metrics: MetricsRegistry, tracer: Tracer? = nil) {
        self.cors = cors
        self.log = log
        self.tracer = tracer
        requests = metrics.counter(.requests)
        durations = metrics.histogram(.requestDuration)
    }

    /// Starts an exchange, with the caller's correlation ID and trace if they are valid, otherwise with new ones.
    ///
    /// - Parameters:
    ///   - head: The request's head.
    ///   - route: The pattern of the route.
    ///   - meter: Counts the route's requests; `nil` to look its counters up.
    ///   - parameters: The values of the names in the pattern.
    /// - Returns: The exchange.
    func begin(
        _ head: HTTPRequest,
        route: String,
        meter: RouteMeter? = nil,
        parameters: PathParameters = PathParameters()
    ) -> Exchange {
        let caller = head.headers["traceparent"].flatMap {
            // Several lines form one list (https://www.w3.org/TR/trace-context/#tracestate-header).
            let lines = head.headers.values("tracestate")
            return TraceContext(traceparent: $0, tracestate: lines.isEmpty ? nil : lines.joined(separator: ","))
        }
        var random = traceIDs.generator
        var trace = caller?.child(using: &random) ?? TraceContext.generated(using: &random)
        if let tracer { trace = tracer.sampled(trace, caller: caller) }
        let sent = head.headers["X-Correlation-ID"].flatMap(CorrelationID.init)
        return Exchange(
            ExchangeHead(
                route: route,
                meter: meter ?? self.meter(head.method, route),
                parameters: parameters,
                correlationID: sent ?? CorrelationID(of: trace),
                trace: trace,
                caller: caller,
                started: .now
            )
        )
    }

    /// Ends an exchange: completes the headers, counts the request, and writes its single log line.
    @inline(never)  // Inlined, it would enlarge the async caller's frame, which is allocated.
    func finish(_ answer: HTTPResponse, to request: HTTPRequest, _ exchange: Exchange) -> HTTPResponse {
        var response = answer
        SecurityHeaders.decorate(&response)
        response.headers.add("X-Correlation-ID", exchange.correlationID.rawValue)
        response.headers.add("traceparent", exchange.trace.traceparent)
        cors.decorate(&response, for: request)

        let duration = ContinuousClock.now - exchange.started
        exchange.meter.count(response.status, duration)
        log.write(response, duration, request, exchange)
        if let tracer, exchange.trace.isSampled { record(response.status, request, exchange, tracer) }
        return response
    }

    /// Creates the meter of a route; methods that HTTP does not define share one label, since anybody may send them.
    func meter(_ method: HTTPMethod, _ route: String) -> RouteMeter {
        RouteMeter(method, route, requests: requests, durations: durations)
    }

    /// Begins and ends the exchange of a request that is refused before a handler was found.
    func refuse(_ fault: WebFault, _ head: HTTPRequest, route: String = "unmatched") -> HTTPResponse {
        finish(fault.answer.response(to: head), to: head, begin(head, route: route))
    }

    /// Logs the details that an answer hides from the client, with its correlation ID.
    @inline(never)
    func report(_ fault: WebFault, _ exchange: Exchange) {
        guard let failure = fault.hiddenFailure else { return }
        log.logger.error(
            "request failed",
            [
                .route: .string(exchange.route), .failure: .string(failure),
                .correlationID: .string(exchange.correlationID.rawValue),
            ]
        )
    }
}
