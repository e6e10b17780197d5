import DaprHTTP
import DaprLog
import DaprMetrics
import DaprText
import Synchronization

/// Refuses requests of a kind that costs much when one user, or one client address, makes too many of them.
///
/// A token is taken when the head has come, so that nothing is spent on what is refused: for the address before the
/// sender is identified, for the user when the request could be carried out as far as its head tells. What is refused for
/// a user's limit takes none, so that a flood of theirs leaves others at the same address alone.
final class RateLimiter: Sendable {
    /// A token that was taken.
    fileprivate struct Token: Sendable {
        let limit: Limit
        let key: Int
        /// How many are left.
        let left: Int

        func giveBack() { limit.table.giveBack(key) }
    }

    /// The tokens that were taken for a request.
    struct Tokens: Sendable {
        fileprivate let limiter: RateLimiter
        fileprivate let kind: LimitedKind
        fileprivate let ofAddress: Token?
        fileprivate var ofUser: Token?
        /// Whether they are not given back for an answer that nothing has changed.
        var isKept = false

        /// Takes one of the user who sends it; gives the others back when there is none.
        mutating func add(of principal: Principal) throws(WebFault) {
            do throws(WebFault) {
                ofUser = try limiter.token(of: principal, kind)
            } catch {
                ofAddress?.giveBack()
                throw error
            }
        }

        /// Gives back what was taken, because the request was refused for what others do.
        func giveBack() { ofAddress?.giveBack() }

        /// Tells the client of the limit; gives the tokens back when the answer was cheap after all.
        @inline(never)  // Inlined, it would enlarge the async caller's frame, which is allocated.
        func settle(_ answer: inout HTTPResponse) {
            if answer.status == .notModified, !isKept {
                for token in [ofUser, ofAddress] { token?.giveBack() }
            } else if let token = ofUser {
                answer.headers.add("RateLimit-Policy", token.limit.policy.header)
                answer.headers.add("RateLimit", token.limit.policy.state(left: token.left))
            }
        }
    }

    let limits: RateLimits
    private let ofUser: Limits
    private let ofAddress: Limits
    private let logger: Logger
    private let hasWarned = Atomic(false)

    init(_ limits: RateLimits, refused: Counter, logger: Logger) {
        self.limits = limits
        self.logger = logger
        let start = limits.now()
        ofUser = Limits(limits.ofUser, whose: "user", suffix: "", start, refused)
        ofAddress = Limits(limits.ofAddress, whose: "address", suffix: "-of-address", start, refused)
    }

    /// Begins with a token of the client's address, unless those are not limited.
    func tokens(
        for head: HTTPRequest,
        _ kind: LimitedKind,
        limitsAddress: Bool
    ) throws(WebFault) -> Tokens {
        Tokens(
            limiter: self,
            kind: kind,
            ofAddress: limitsAddress ? try token(ofAddressOf: head, kind) : nil,
            ofUser: nil
        )
    }

    private func token(ofAddressOf head: HTTPRequest, _ kind: LimitedKind) throws(WebFault) -> Token? {
        guard let limit = ofAddress[kind], let client = limits.proxies.client(of: head) else { return nil }
        // A proxy on this machine passes on what comes from others, also where it is not clear from whom; and what it says
        // is of its own machine is of another.
        if client == head.peer, AddressRange.loopback.contain(client),
            !(limits.proxies.trust(client) && RateLimiter.isPassedOn(head))
        {
            return nil
        }
        do throws(WebFault) {
            return try limit.take(client.counted.hashValue, at: limits.now())
        } catch {
            if client == head.peer, !limits.proxies.trust(client), RateLimiter.isPassedOn(head) { warn(of: client) }
            throw error
        }
    }

    private static func isPassedOn(_ head: HTTPRequest) -> Bool {
        head.headers["Forwarded"] != nil || head.headers["X-Forwarded-For"] != nil
    }

    /// Tells the operator, once, of what may be a proxy that is not trusted, whose clients then share a limit.
    private func warn(of peer: IPAddress) {
        guard !hasWarned.exchange(true, ordering: .relaxed) else { return }
        logger.warning(
            "an address that passes requests on has reached its limit; if it is a proxy's, name it in --trusted-proxies",
            [.peer: .string(peer.description)]
        )
    }

    private func token(of principal: Principal, _ kind: LimitedKind) throws(WebFault) -> Token? {
        guard let limit = ofUser[kind] else { return nil }
        return try limit.take(ExactText(principal.subject).hashValue, at: limits.now())
    }

    /// The limits of one user, or of one address.
    private struct Limits: Sendable {
        private let writes: Limit?
        private let expensiveReads: Limit?

        init(
            _ rates: RateLimits.Rates,
            whose: String,
            suffix: String,
            _ start: ContinuousClock.Instant,
            _ refused: Counter
        ) {
            func limit(_ rate: Int, _ name: String, _ requests: String) -> Limit? {
                guard rate > 0 else { return nil }
                let bucket = TokenBucket(rate: rate, seconds: RateLimits.burstSeconds)
                let name = name + suffix
                return Limit(
                    policy: QuotaPolicy(name: name, quota: bucket.capacity, subject: "\(requests) of one \(whose)"),
                    table: BucketTable(bucket, start: start),
                    refused: refused.child(name)
                )
            }
            writes = limit(rates.writes, "writes", "writes")
            expensiveReads = limit(rates.expensiveReads, "expensive-reads", "expensive reads")
        }

        subscript(kind: LimitedKind) -> Limit? {
            switch kind {
            case .write: writes
            case .expensiveRead: expensiveReads
            }
        }
    }

    /// One limit, with the buckets of all whom it concerns.
    fileprivate final class Limit: Sendable {
        let policy: QuotaPolicy
        let table: BucketTable
        private let refused: CounterChild

        init(policy: QuotaPolicy, table: BucketTable, refused: CounterChild) {
            self.policy = policy
            self.table = table
            self.refused = refused
        }

        func take(_ key: Int, at now: ContinuousClock.Instant) throws(WebFault) -> Token {
            if let left = table.take(key, at: now) { return Token(limit: self, key: key, left: left) }
            refused.increment()
            throw .rateLimited(policy)
        }
    }
}
