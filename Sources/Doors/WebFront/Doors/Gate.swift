import DaprHTTP
import DaprMetrics
import DaprText

/// Decides from a request's head alone: who sends it, whether they may, and whether there is room for the body.
struct Gate: Sendable {
    let authenticator: Authenticator
    /// The value that `dapr-api-token` must have in the sidecar's calls; `nil` when none is configured.
    let appAPIToken: String?
    /// Counts the bytes in flight of each principal.
    let inFlight: BytesInFlight
    /// Limits how often a sender, and an address, may ask for what costs much.
    let limiter: RateLimiter
    /// Whether client addresses are limited: on the port that clients reach.
    var limitsAddresses = false
    /// How long a refusal for a rate is held back.
    var refusalDelay: Duration { limiter.limits.refusalDelay }
    /// The longest that a request may have waited for the server to look at it, and the count of those that waited longer.
    let longestWait: Duration
    let waitedLonger: CounterChild

    /// Refuses a request that waited for so long that whoever sent it may have given up: when there is more to do than
    /// can be done, what is done is then of use to somebody.
    func checkWait(of head: HTTPRequest) throws(WebFault) {
        guard head.waited > longestWait else { return }
        waitedLonger.increment()
        throw .overloaded
    }

    /// Takes a token of the client's address for a request that costs much; `nil` for others.
    func tokens(for head: HTTPRequest, _ cost: EndpointCost) throws(WebFault) -> RateLimiter.Tokens? {
        guard let kind = cost.kind(of: head) else { return nil }
        var tokens = try limiter.tokens(for: head, kind, limitsAddress: limitsAddresses)
        tokens.isKept = cost.staysExpensive(head)
        return tokens
    }

    /// Refuses a path that names another user than the sender.
    func checkUser(in parameters: PathParameters, _ principal: Principal) throws(WebFault) {
        if let user = parameters["user_id"], !user.hasSameBytes(as: principal.subject) { throw .foreignUser }
    }

    /// Refuses a request that is not the sidecar's own.
    func checkSidecar(_ head: HTTPRequest) throws(WebFault) {
        // The sidecar also adds the token to calls from other applications, so the token alone does not prove a
        // delivery.
        guard !isInvocation(head) else { throw .notADelivery }
        guard bearsToken(head) else { throw .notTheSidecar }
    }

    /// Counts the body of a principal's request among the bytes in flight; `nil` for a short body, or none.
    func share(
        of head: HTTPRequest,
        _ principal: Principal,
        body: BodyRequirement
    ) throws(WebFault) -> Allotment.Share? {
        guard head.announcesBody else { return nil }
        // A body without a declared length counts as the longest allowed.
        let length = head.headers["Content-Length"].flatMap { Int($0) } ?? body.limitInBytes
        return try inFlight.take(min(length, body.limitInBytes), of: principal)
    }

    /// Counts the answer to a read until the client has it.
    ///
    /// A read without room for its answer is refused. A write is never refused here, because it has already happened.
    func keep(_ answer: inout HTTPResponse, to request: HTTPRequest, _ exchange: Exchange) throws(WebFault) {
        guard let principal = exchange.principal, request.isRead else { return }
        answer.kept = try inFlight.take(answer.bytes.count, of: principal)
    }

    /// Whether the call was forwarded for another application or sent by a page: a delivery has none of these headers,
    /// whatever their value.
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
