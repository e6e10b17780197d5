import DaprHTTP

/// Serves one endpoint: the gate checks the head, and the frame wraps the rest.
///
/// A class, because every request holds it.
final class EndpointServer: Sendable {
    private let endpoint: Endpoint
    private let frame: RequestFrame
    private let gate: Gate
    private let meter: RouteMeter

    init(_ endpoint: Endpoint, frame: RequestFrame, gate: Gate) {
        self.endpoint = endpoint
        self.frame = frame
        self.gate = gate
        meter = frame.meter(endpoint.method, endpoint.path)
    }

    /// The code that answers an admitted request.
    private enum Answering {
        case anyone(Endpoint.Responder)
        case principal(Endpoint.PrincipalResponder, Principal)
    }

    /// Decides on a head before the body is read; at once, unless someone else must identify the sender.
    func admit(_ head: HTTPRequest, _ parameters: PathParameters) -> RouteAdmission {
        let exchange = frame.begin(
            head,
            route: endpoint.path,
            // A HEAD that a GET's route answers has counters of its own.
            meter: head.method == endpoint.method ? meter : nil,
            parameters: parameters
        )
        do throws(WebFault) {
            switch endpoint.work {
            case .open(let responder):
                try endpoint.operation.body.check(head)
                return .admit(self.responder(.anyone(responder), exchange, nil))
            case .sidecar(let responder):
                try gate.checkSidecar(head)
                try endpoint.operation.body.check(head)
                return .admit(self.responder(.anyone(responder), exchange, nil))
            case .principal(let responder):
                try gate.checkWait(of: head)
                // Before anything is spent on who sends it.
                let tokens = try gate.tokens(for: head, endpoint.cost)
                switch try gate.authenticator.find(head) {
                case .known(let principal): return admit(principal, head, exchange, tokens, responder)
                case .later(let find):
                    return .later { [self] in
                        do throws(WebFault) {
                            return admit(try await find(), head, exchange, tokens, responder)
                        } catch {
                            return refuse(error, head, exchange)
                        }
                    }
                }
            }
        } catch {
            return refuse(error, head, exchange)
        }
    }

    /// Decides on a request whose sender is known.
    private func admit(
        _ principal: Principal,
        _ head: HTTPRequest,
        _ exchange: Exchange,
        _ tokens: RateLimiter.Tokens?,
        _ responder: @escaping Endpoint.PrincipalResponder
    ) -> RouteAdmission {
        var (exchange, tokens) = (exchange, tokens)
        exchange.principal = principal
        do throws(WebFault) {
            try gate.checkUser(in: exchange.parameters, principal)
            try endpoint.operation.body.check(head)
            // The responder holds the share, so it is returned when the request is answered or lost.
            let share: Allotment.Share?
            do throws(WebFault) {
                share = try gate.share(of: head, principal, body: endpoint.operation.body)
            } catch {
                tokens?.giveBack()
                throw error
            }
            try tokens?.add(of: principal)
            return .admit(self.responder(.principal(responder, principal), exchange, share, tokens))
        } catch {
            return refuse(error, head, exchange)
        }
    }

    private func refuse(_ fault: WebFault, _ head: HTTPRequest, _ exchange: Exchange) -> RouteAdmission {
        frame.report(fault, exchange)
        // Before the pause, which is no part of what the server took.
        let answer = frame.finish(fault.answer.response(to: head), to: head, exchange)
        guard case .rateLimited = fault, gate.refusalDelay > .zero else { return .refuse(answer) }
        return .later { [gate] in
            // When the server stops, the answer comes at once.
            try? await Task.sleep(for: gate.refusalDelay)
            return .refuse(answer)
        }
    }

    private func responder(
        _ answering: Answering,
        _ exchange: Exchange,
        _ share: Allotment.Share?,
        _ tokens: RateLimiter.Tokens? = nil
    ) -> HTTPResponder {
        { [self] request in
            var answer: HTTPResponse
            do throws(WebFault) {
                switch answering {
                case .anyone(let respond): answer = try await respond(request, exchange)
                case .principal(let respond, let principal): answer = try await respond(request, exchange, principal)
                }
                try gate.keep(&answer, to: request, exchange)
            } catch {
                frame.report(error, exchange)
                answer = error.answer.response(to: request)
            }
            withExtendedLifetime(share) {}
            tokens?.settle(&answer)
            return frame.finish(answer, to: request, exchange)
        }
    }
}
