import HTTPServer
import Tasks

/// Decides by a request's head alone: who asks, whether they may, and whether the body can be taken.
struct Gate: Sendable {
    let authenticator: Authenticator
    /// What the header `dapr-api-token` must equal on the sidecar's calls; nil when none is configured.
    let appAPIToken: String?

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
            if let user = exchange.parameters["user_id"], user != owner.rawValue { throw .foreignUser }
            try body.check(head)
            return { (request, exchange) async throws(APIFault) in try await responder(request, exchange, owner) }
        case .sidecar(let responder):
            guard isFromSidecar(head) else { throw .notTheSidecar }
            return responder
        }
    }

    private func isFromSidecar(_ head: HTTPRequest) -> Bool {
        guard let appAPIToken else { return true }
        let sent = head.headers.values("dapr-api-token")
        guard sent.count == 1, let token = sent.first else { return false }
        return isEqualInConstantTime(Array(token.utf8), Array(appAPIToken.utf8))
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
}
