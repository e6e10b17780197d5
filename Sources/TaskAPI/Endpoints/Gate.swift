import DaprText
import HTTPServer
import Tasks

/// Decides by a request's head alone: who asks, whether they may, and whether the body can be taken.
struct Gate: Sendable {
    let authenticator: Authenticator
    /// What the header `dapr-api-token` must equal on the sidecar's calls; nil when none is configured.
    let appAPIToken: String?

    /// What is on its way of each owner.
    let inFlight: BytesInFlight

    typealias Responder = @Sendable (HTTPRequest, Exchange) async throws(APIFault) -> HTTPResponse

    /// The responder of an admitted request; notes the owner in the exchange as soon as it is known.
    func admit(
        _ head: HTTPRequest,
        _ exchange: inout Exchange,
        to work: Endpoint.Work,
        body: BodyRequirement
    ) throws(APIFault) -> Responder {
        switch work {
        case .open(let responder):
            try body.check(head)
            return responder
        case .owner(let responder):
            let owner = try authenticator.owner(authorization: head.headers.values("Authorization"))
            exchange.owner = owner
            if let user = exchange.parameters["user_id"], !user.hasSameBytes(as: owner.rawValue) {
                throw .foreignUser
            }
            try body.check(head)
            return { (request, exchange) async throws(APIFault) in try await responder(request, exchange, owner) }
        case .sidecar(let responder):
            // The token comes with calls of other applications too: it tells the sidecar, not what the sidecar brings.
            guard !isInvocation(head) else { throw .notADelivery }
            guard bearsToken(head) else { throw .notTheSidecar }
            try body.check(head)
            return responder
        }
    }

    /// The share that the body of an owner's request has in what is on its way; nil for a short one, or none.
    func share(
        of head: HTTPRequest,
        _ exchange: Exchange,
        body: BodyRequirement
    ) throws(APIFault) -> BytesInFlight.Share? {
        guard let owner = exchange.owner, head.announcesBody else { return nil }
        // A body that does not say how long it is may be as long as it can be.
        let length = head.headers["Content-Length"].flatMap { Int($0) } ?? body.limitInBytes
        return try inFlight.take(min(length, body.limitInBytes), of: owner)
    }

    /// Counts the answer until it is with the client.
    ///
    /// A read without room for its answer is refused; a write has happened.
    func keep(_ answer: inout HTTPResponse, to request: HTTPRequest, _ exchange: Exchange) throws(APIFault) {
        guard let owner = exchange.owner, request.isRead else { return }
        answer.kept = try inFlight.take(answer.bytes.count, of: owner)
    }

    /// Whether another application's call is passed on, or a page calls: a delivery has none of these headers, whatever they hold.
    private func isInvocation(_ head: HTTPRequest) -> Bool {
        ["dapr-caller-app-id", "dapr-callee-app-id", "Origin"].contains { head.headers[$0] != nil }
    }

    private func bearsToken(_ head: HTTPRequest) -> Bool {
        guard let appAPIToken else { return true }
        let sent = head.headers.values("dapr-api-token")
        guard sent.count == 1, let token = sent.first else { return false }
        return ConstantTime.areEqual(token, appAPIToken)
    }
}
