package import DaprHTTP

/// How often what costs the server much may be asked for.
package struct RateLimits: Sendable {
    /// The requests of one kind that may be made in a second; 0 for any number.
    package struct Rates: Sendable {
        /// Requests that change something.
        package var writes: Int
        /// Reads that go through much of what a user has.
        package var expensiveReads: Int

        package init(writes: Int, expensiveReads: Int) {
            self.writes = writes
            self.expensiveReads = expensiveReads
        }

        /// Any number of everything.
        package static let unlimited = Rates(writes: 0, expensiveReads: 0)
    }

    /// Of one user, on all ports.
    package var ofUser: Rates
    /// Of one client address, on the port for clients alone; those of this machine are never limited.
    package var ofAddress: Rates
    /// The proxies that tell for which client they ask.
    package var proxies: TrustedProxies
    /// How long a refusal is held back.
    ///
    /// A client that asks again at once, whatever it is answered, would otherwise keep the server busy with refusals, and
    /// others would feel it; so it gets ten a second on each of its connections.
    package var refusalDelay: Duration
    /// Tells the time.
    package var now: @Sendable () -> ContinuousClock.Instant

    /// Creates limits.
    package init(
        ofUser: Rates = .unlimited,
        ofAddress: Rates = .unlimited,
        proxies: TrustedProxies = TrustedProxies(),
        refusalDelay: Duration = .milliseconds(100),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.ofUser = ofUser
        self.ofAddress = ofAddress
        self.proxies = proxies
        self.refusalDelay = refusalDelay
        self.now = now
    }

    /// How many seconds' requests may come at once.
    package static let burstSeconds = 2
}

/// A limit as clients are told of it, by
/// [draft-ietf-httpapi-ratelimit-headers-11](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/11/).
package struct QuotaPolicy: Sendable {
    /// The requests that are limited, and whose: `writes`, `expensive-reads-of-address`.
    let name: String
    /// The requests that are taken within ``RateLimits/burstSeconds``.
    let quota: Int
    /// The requests, and those who make them, for people.
    let subject: String
    /// `RateLimit-Policy`: `"writes";q=400;w=2`.
    let header: String

    init(name: String, quota: Int, subject: String) {
        self.name = name
        self.quota = quota
        self.subject = subject
        header = "\"\(name)\";q=\(quota);w=\(RateLimits.burstSeconds)"
    }

    /// `RateLimit`: `"writes";r=50;t=1`.
    ///
    /// `t` is how long no more than that is there: rates are whole numbers, so a second later there is.
    func state(left: Int) -> String { "\"\(name)\";r=\(left);t=1" }

    /// The policy in examples of refusals.
    package static let example = QuotaPolicy(name: "writes", quota: 400, subject: "writes of one user")
}
