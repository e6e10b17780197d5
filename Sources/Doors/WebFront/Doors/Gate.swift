import DaprHTTP
import DaprText

/// Decides by a request's head alone: who asks, whether they may, and whether there is room for the body.
struct Gate: Sendable {
    let authenticator: Authenticator
    /// What the header `dapr-api-token` must equal on the sidecar's calls; nil when none is configured.
    let appAPIToken: String?
    /// What is on its way of each principal.
    let inFlight: BytesInFlight

    /// Refuses a path that names somebody else than who asks.
    func checkUser(in parameters: PathParameters, _ principal: Principal) throws(WebFault) {
        if let user = parameters["user_id"], !user.hasSameBytes(as: principal.subject) { throw .foreignUser }
    }

    /// Refuses what the sidecar does not bring.
    func checkSidecar(_ head: HTTPRequest) throws(WebFault) {
        // The token comes with calls of other applications too: it tells the sidecar, not what the sidecar brings.
        guard !isInvocation(head) else { throw .notADelivery }
        guard bearsToken(head) else { throw .notTheSidecar }
    }

    /// The share that the body of a principal's request has in what is on its way; nil for a short one, or none.
    func share(
        of head: HTTPRequest,
        _ principal: Principal,
        body: BodyRequirement
    ) throws(WebFault) -> BytesInFlight.Share? {
        guard head.announcesBody else { return nil }
        // A body that does not say how long it is may be as long as it can be.
        let length = head.headers["Content-Length"].flatMap { Int($0) } ?? body.limitInBytes
        return try inFlight.take(min(length, body.limitInBytes), of: principal)
    }

    /// Counts the answer until it is with the client.
    ///
    /// A read without room for its answer is refused; a write has happened.
    func keep(_ answer: inout HTTPResponse, to request: HTTPRequest, _ exchange: Exchange) throws(WebFault) {
        guard let principal = exchange.principal, request.isRead else { return }
        answer.kept = try inFlight.take(answer.bytes.count, of: principal)
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
