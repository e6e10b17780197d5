internal import CDaprMicrohttpd
import DaprEventLoop
import DaprHTTP

/// How a request waits while its handler decides what becomes of its head.
extension HTTPExchange {
    /// Goes on with a head that was decided on; until then libmicrohttpd leaves the connection alone, its body unread.
    func actOnDecision(_ framing: BodyFraming) -> MHD_Result {
        guard let decision, let head else {
            suspend(.decision)
            return .YES
        }
        self.decision = nil
        return act(on: decision, head, framing)
    }

    func decideLater(_ decide: @escaping @Sendable () async -> HTTPAcceptance) {
        let task = Task.immediate(executorPreference: listener.loop) { [self] in
            let decision = await decide()
            if listener.loop.isCurrent {
                decided(decision)
            } else {
                listener.loop.submit { self.decided(decision) }
            }
        }
        if case nil = decision { self.task = task }
    }

    func decided(_ acceptance: HTTPAcceptance) {
        guard case .deciding = phase, case nil = decision, !isOver else { return }
        task = nil
        decision = acceptance
        if suspension == .decision { resume() }
    }
}
