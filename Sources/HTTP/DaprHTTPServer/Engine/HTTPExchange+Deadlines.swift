import DaprEventLoop
import DaprHTTP

/// The checks that the sweep and the stall watch make on a request.
extension HTTPExchange {
    /// How much of a request has arrived.
    struct Progress: Equatable {
        let isBody: Bool
        let count: Int
        let began: MonotonicTime
    }

    /// How much of the request has arrived; `nil` when the client has nothing to send now.
    var progress: Progress? {
        guard !isOver, !isParked, awaitsRequest else { return nil }
        if case .head = phase { return Progress(isBody: false, count: 0, began: began) }
        return Progress(isBody: true, count: bodyCount, began: began)
    }

    /// Cuts a request whose head, body or answer is too slow, and answers for a responder that misses its deadline.
    func checkDeadline(_ now: MonotonicTime) {
        let configuration = listener.configuration
        switch phase {
        case .head:
            // The first head's time starts with the connection, a later one's with its request line.
            let start = record.map { $0.hasServed ? began : $0.since } ?? began
            if now - start > configuration.headDeadline { cut(saying: .tooSlow) }
        case .deciding:
            guard now - began > configuration.requestDeadline, let head else { break }
            task?.cancel()
            decided(.refuse(listener.handler.deadlinePassed(head)))
        case .collecting, .discarding:
            let patience = configuration.bodyDeadline + .seconds(bodyCount / configuration.leastRate)
            if now - began > min(patience, configuration.requestDeadline) { cut(saying: .tooSlow) }
        case .streaming where !isHeldUp && now - lastPiece > configuration.bodyDeadline: cut(saying: .tooSlow)
        case .streaming, .responding:
            guard now - began > configuration.requestDeadline else { break }
            if case .streaming = phase, !isHeldUp { return cut(saying: .tooSlow) }
            task?.cancel()
            if let head { finish(listener.handler.deadlinePassed(head)) }
        case .answered: checkAnswer(now, configuration)
        }
    }

    private func checkAnswer(_ now: MonotonicTime, _ configuration: HTTPServer.Configuration) {
        guard let record else { return }
        let pace = responseStream?.pace ?? .leastRate
        // Nothing else tells when the client of a silent stream leaves: its connection is suspended.
        if pace == .any, record.hasBeenLeft { return cut() }
        guard record.isSlow(now, configuration, at: pace) else { return }
        responseStream?.noteSlow()
        cut()
    }
}
