internal import CDaprMicrohttpd
import DaprEventLoop
import DaprHTTP

/// Waiting for the handler to decide on a request's head.
extension HTTPExchange {
    /// Acts on the handler's decision.
    ///
    /// Until it is there the connection stays suspended and the body unread.
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
