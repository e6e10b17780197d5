/// Sends a call again when it failed in a way that makes this safe, within the call's time.
///
/// ```swift
/// let dapr = DaprClient(transport: RetryingTransport(transport, attempts: 4))
/// ```
///
/// | failure | calls that only read | calls that write |
/// |---|---|---|
/// | no connection, so nothing was sent | again | again |
/// | answer 429: refused for now | again | again |
/// | connection lost, answer 502, 503 or 504, `ERR_STATE_GET`, `ERR_STATE_BULK_GET` | again | **not** again: the write may have happened |
/// | anything else | not again | not again |
///
/// A write is never sent twice unless the first was certainly not carried out, so nobody's later write is overwritten by an earlier one.
/// Between attempts it pauses, twice as long each time, shortened at random by up to a half; a pause that the call's time does not hold
/// is not begun, and the last failure is the call's. The sidecar retries too, as its
/// [resiliency policies](https://docs.dapr.io/operations/resiliency/) say: use one of the two.
public struct RetryingTransport: DaprTransport {
    private let transport: any DaprTransport
    private let attempts: Int
    private let firstPause: Duration
    private let longestPause: Duration
    private let sleep: @Sendable (Duration) async throws -> Void
    private let chance: @Sendable () -> Double

    /// Repeats what a transport could not carry.
    ///
    /// - Parameters:
    ///   - transport: makes each attempt.
    ///   - attempts: how often a call is sent at most, the first time included; less than 1 counts as 1.
    ///   - firstPause: the longest that the first pause can be.
    ///   - longestPause: the longest that any pause can be.
    public init(
        _ transport: any DaprTransport,
        attempts: Int = 3,
        firstPause: Duration = .milliseconds(50),
        longestPause: Duration = .seconds(1)
    ) {
        self.init(
            transport,
            attempts: attempts,
            firstPause: firstPause,
            longestPause: longestPause,
            sleep: { try await Task.sleep(for: $0) },
            chance: { .random(in: 0..<1) }
        )
    }

    /// Repeats with a test's own pauses and chance, a number from 0 up to but not 1.
    package init(
        _ transport: any DaprTransport,
        attempts: Int,
        firstPause: Duration,
        longestPause: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        chance: @escaping @Sendable () -> Double
    ) {
        self.transport = transport
        self.attempts = max(1, attempts)
        self.firstPause = firstPause
        self.longestPause = longestPause
        self.sleep = sleep
        self.chance = chance
    }

    /// Sends a request, again where that is safe, and waits for the whole answer.
    ///
    /// - Throws: ``DaprTransportError`` of the last attempt.
    public func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        let deadline = ContinuousClock.now + request.timeout
        var attempt = request
        var pause = firstPause
        for _ in 1..<attempts {
            let outcome = await outcome(attempt)
            guard isRepeatable(outcome, request) else { return try outcome.get() }
            let shortened = min(pause, longestPause) * (1 - chance() / 2)
            pause = min(pause * 2, longestPause)
            guard ContinuousClock.now + shortened < deadline else { return try outcome.get() }
            do {
                try await sleep(shortened)
            } catch {
                throw .cancelledBeforeSending
            }
            attempt.timeout = deadline - .now
            guard attempt.timeout > .zero else { return try outcome.get() }
        }
        return try await transport.send(attempt)
    }

    private func outcome(_ request: DaprRequest) async -> Result<DaprResponse, DaprTransportError> {
        do throws(DaprTransportError) {
            return .success(try await transport.send(request))
        } catch {
            return .failure(error)
        }
    }

    private func isRepeatable(_ outcome: Result<DaprResponse, DaprTransportError>, _ request: DaprRequest) -> Bool {
        switch outcome {
        case .failure(.unreachable): return true
        case .failure(.connectionLost): return request.mayRepeat
        case .failure: return false
        case .success(let response):
            switch response.status {
            case 429: return true
            case 502, 503, 504: return request.mayRepeat
            case 500: return request.mayRepeat && Self.failedReads.contains(ErrorAnswer(response).code ?? "")
            default: return false
            }
        }
    }

    private static let failedReads: Set<String> = ["ERR_STATE_GET", "ERR_STATE_BULK_GET"]
}
