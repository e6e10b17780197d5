/// Lets only so many calls be under way at once; others wait in line, the longest waiting first.
///
/// ```swift
/// let dapr = DaprClient(transport: LimitedTransport(transport, calls: 64))
/// ```
///
/// Waiting counts as part of a call's time: when that runs out in line, the call fails with ``DaprTransportError/unreachable(_:)``,
/// which for every call means that nothing was sent. A caller that is cancelled leaves the line at once. Copies share their places.
public struct LimitedTransport: DaprTransport {
    private let transport: any DaprTransport
    private let line: CallLine

    /// Limits a transport.
    ///
    /// - Parameters:
    ///   - transport: carries the calls that have a place.
    ///   - calls: how many may be under way at once; less than 1 counts as 1.
    public init(_ transport: any DaprTransport, calls: Int) {
        self.transport = transport
        line = CallLine(places: max(1, calls))
    }

    /// How many calls stand in line.
    package var waiting: Int { line.length }

    /// Sends a request once it has a place, and waits for the whole answer.
    ///
    /// - Throws: ``DaprTransportError``; ``DaprTransportError/unreachable(_:)`` also when its time ran out in line.
    public func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        let begin = ContinuousClock.now
        switch await line.enter(within: request.timeout) {
        case .entered: break
        case .timedOut: throw .unreachable("too many calls were under way for all of its time")
        case .cancelled: throw .cancelledBeforeSending
        }
        defer { line.leave() }
        var request = request
        request.timeout -= begin.duration(to: .now)
        guard request.timeout > .zero else { throw .unreachable("too many calls were under way for all of its time") }
        return try await transport.send(request)
    }
}
