package import DaprHTTP
package import DaprSidecar

/// Dapr's HTTP API in front of a sidecar that can be restarted, with deliberate faults.
///
/// A call that was in progress when its life ended gets no answer, whatever its result. A call between two lives waits
/// for the next one; a call while the sidecar is down is refused.
package struct SidecarGate: HTTPHandler {
    private let lives: SidecarLives
    private let faults: FaultInjector?
    private let canRestart: Bool
    private let bodyLimit: Int
    private let onRefusal: (@Sendable (APIError) -> Void)?
    private let sleep: @Sendable (Duration) async throws(CancellationError) -> Void

    /// Creates the API.
    ///
    /// - Parameters:
    ///   - lives: The sidecar that answers the calls.
    ///   - faults: The faults to apply; `nil` for none.
    ///   - canRestart: Whether there may be several lives, so that each answer must belong to the current one.
    ///   - bodyLimit: `--max-body-size`, in bytes.
    ///   - onRefusal: Called for every call that is answered with an error of the API; must not block.
    ///   - sleep: Waits for the time that a rule gives.
    package init(
        _ lives: SidecarLives,
        faults: FaultInjector? = nil,
        canRestart: Bool = true,
        bodyLimit: Int = 4 << 20,
        onRefusal: (@Sendable (APIError) -> Void)? = nil,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void = Surroundings.wait
    ) {
        self.lives = lives
        self.faults = faults
        self.canRestart = canRestart
        self.bodyLimit = bodyLimit
        self.onRefusal = onRefusal
        self.sleep = sleep
    }

    package func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        guard let life = lives.life else {
            return .collect(limit: bodyLimit) { request in
                guard let life = await lives.settled() else { return .cut(.refused) }
                var acceptance = handler(life).accept(request)
                while true {
                    switch acceptance {
                    case .refuse(let response): return response
                    case .collect(_, let responder), .stream(_, let responder):
                        return await answer(request, life, responder)
                    case .later(let decide): acceptance = await decide()
                    }
                }
            }
        }
        let acceptance = handler(life).accept(head)
        guard canRestart || faults != nil else { return acceptance }
        return faulted(acceptance, in: life)
    }

    private func faulted(_ acceptance: HTTPAcceptance, in life: SidecarLives.Life) -> HTTPAcceptance {
        switch acceptance {
        case .refuse(let response): .refuse(response)
        case .collect(let limit, let responder), .stream(let limit, let responder):
            .collect(limit: limit) { request in await answer(request, life, responder) }
        case .later(let decide): .later { faulted(await decide(), in: life) }
        }
    }

    package func tooLarge(_ head: HTTPRequest, limit: Int) -> HTTPResponse {
        lives.life.map { handler($0).tooLarge(head, limit: limit) } ?? .cut(.refused)
    }

    package func deadlinePassed(_ head: HTTPRequest) -> HTTPResponse {
        lives.life.map { handler($0).deadlinePassed(head) } ?? .cut(.refused)
    }

    private func handler(_ life: SidecarLives.Life) -> SidecarHandler {
        SidecarHandler(runtime: life.runtime, bodyLimit: bodyLimit, onRefusal: onRefusal)
    }

    private func answer(
        _ request: HTTPRequest,
        _ life: SidecarLives.Life,
        _ respond: @escaping HTTPResponder
    ) async -> HTTPResponse {
        guard let faults, let subject = FaultSubject(request, faults) else {
            return await answer(of: life) { await respond(request) }
        }
        let verdict = faults.verdict(subject)
        if verdict.delay > .zero {
            do throws(CancellationError) {
                try await sleep(verdict.delay)
            } catch {
                return .cut(.broken)
            }
        }
        switch verdict.end {
        case .refuse: return .cut(.refused)
        case .cut: return .cut(.broken)
        case .fail(let status, let errorCode):
            let error = APIError(status: status, errorCode: errorCode, message: "as the fault plan says")
            return await answer(of: life) { .refusal(error) }
        case .lose:
            _ = await respond(request)
            return .cut(.broken)
        case .late(let wait):
            // A task of its own, because the caller goes on without this call.
            Task {
                do throws(CancellationError) {
                    try await sleep(wait)
                } catch {
                    return
                }
                if lives.life?.number == life.number { _ = await respond(request) }
            }
            return .cut(.broken)
        case .repeat:
            _ = await respond(request)
            return await answer(of: life) { await respond(request) }
        case .restart(let moment):
            if moment == .after { _ = await respond(request) }
            // A task of its own, because the client may leave. A broken component shows in refused calls.
            await Task { try? await lives.restart(after: life.number) }.value
            return .cut(.broken)
        case .delay, .duplicate, .reorder, .omit, nil: return await answer(of: life) { await respond(request) }
        }
    }

    /// The answer, if its life is still the current one.
    private func answer(of life: SidecarLives.Life, _ respond: () async -> HTTPResponse) async -> HTTPResponse {
        let response = await respond()
        return lives.life?.number == life.number ? response : .cut(.broken)
    }
}
