package import DaprText

/// A Resiliency resource: named policies, and what they apply to.
package struct ResiliencyDefinition: Equatable, Sendable {
    /// The resource's name.
    package var name: String
    /// Where it stands.
    package var place: ResourcePlace
    /// The applications it counts for; all when empty.
    package var scopes: [String] = []
    /// `spec.policies.timeouts`.
    package var timeouts: [ExactText: Duration] = [:]
    /// `spec.policies.retries`.
    package var retries: [ExactText: RetryPolicy] = [:]
    /// `spec.policies.circuitBreakers`.
    package var breakers: [ExactText: BreakerPolicy] = [:]
    /// `spec.targets.apps`.
    package var apps: [ExactText: PolicyNames] = [:]
    /// `spec.targets.components`, for calls of the sidecar to the component.
    package var outbound: [ExactText: PolicyNames] = [:]
    /// `spec.targets.components`, for what the component delivers to the application.
    package var inbound: [ExactText: PolicyNames] = [:]

    /// Whether there are policies for actors, which this sidecar does not have.
    package var namesActors = false

    /// Creates a resource without policies.
    package init(name: String, place: ResourcePlace) {
        self.name = name
        self.place = place
    }
}

/// The policies that a target names.
package struct PolicyNames: Equatable, Sendable {
    /// A name in `timeouts`.
    package var timeout: String?
    /// A name in `retries`.
    package var retry: String?
    /// A name in `circuitBreakers`.
    package var breaker: String?
    /// `circuitBreakerCacheSize`: how many methods of an application have a breaker of their own at a time.
    package var breakerCacheSize = PolicyNames.standardCacheSize
    /// Where the names stand.
    package var place: ResourcePlace

    static let standardCacheSize = 100

    /// Creates names.
    package init(timeout: String? = nil, retry: String? = nil, breaker: String? = nil, place: ResourcePlace) {
        self.timeout = timeout
        self.retry = retry
        self.breaker = breaker
        self.place = place
    }
}

/// How often and when a failed attempt is made again.
package struct RetryPolicy: Equatable, Sendable {
    /// How the wait grows.
    package enum Growth: Equatable, Sendable {
        /// Always the same wait.
        case constant(Duration)
        /// From 500 ms on, half as much again each time, up to a maximum, with ±50 % of jitter; ends after 15 minutes in all.
        case exponential(maximum: Duration)
    }

    /// How the wait grows.
    package var growth: Growth = .constant(.seconds(5))
    /// Attempts after the first; `nil` for no limit.
    package var maximumRetries: Int?
    /// The answers of an application that are tried again; `nil` for all that count as failures.
    package var statuses: [ClosedRange<Int>]?

    /// Creates daprd's defaults.
    package init() {}
}
