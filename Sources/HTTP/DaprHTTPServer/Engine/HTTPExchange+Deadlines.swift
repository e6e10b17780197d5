import DaprEventLoop
import DaprHTTP

/// What the sweep and the watch for stalls ask of a request.
extension HTTPExchange {
    /// How far a request has come.
    struct Progress: Equatable {
        let isBody: Bool
        let count: Int
        let began: MonotonicTime
    }

    /// How far the request has come; `nil` when its client need not go on.
    var progress: Progress? {
        guard !isOver, !isParked, awaitsRequest else { return nil }
        if case .head = phase { return Progress(isBody: false, count: 0, began: began) }
        return Progress(isBody: true, count: bodyCount, began: began)
    }

    /// Cuts a head, a body and an answer that do not get on, and answers for a responder that does not come to an end.
    func checkDeadline(_ now: MonotonicTime) {
        let configuration = listener.configuration
        switch phase {
        case .head:
            // The first head may take that long from the connection's beginning, another from its request line.
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
        case .answered:
            if record?.isSlow(now, configuration) ?? false { cut() }
        }
    }
}
