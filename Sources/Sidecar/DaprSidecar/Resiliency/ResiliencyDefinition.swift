package import DaprText

/// A Resiliency resource: named policies and their targets.
package struct ResiliencyDefinition: Equatable, Sendable {
    /// The resource's name.
    package var name: String
    /// Where it is declared.
    package var place: ResourcePlace
    /// The applications that it applies to; empty for all.
    package var scopes: [String] = []
    /// `spec.policies.timeouts`.
    package var timeouts: [ExactText: Duration] = [:]
    /// `spec.policies.retries`.
    package var retries: [ExactText: RetryPolicy] = [:]
    /// `spec.policies.circuitBreakers`.
    package var breakers: [ExactText: BreakerPolicy] = [:]
    /// `spec.targets.apps`.
    package var apps: [ExactText: PolicyNames] = [:]
    /// `spec.targets.components`, for the sidecar's calls to the component.
    package var outbound: [ExactText: PolicyNames] = [:]
    /// `spec.targets.components`, for deliveries from the component to the application.
    package var inbound: [ExactText: PolicyNames] = [:]

    /// Whether it has policies for actors, which this sidecar does not support.
    package var namesActors = false

    /// Creates a resource without policies.
    package init(name: String, place: ResourcePlace) {
        self.name = name
        self.place = place
    }
}

/// The policies that a target names.
package struct PolicyNames: Equatable, Sendable {
    /// A name from `timeouts`.
    package var timeout: String?
    /// A name from `retries`.
    package var retry: String?
    /// A name from `circuitBreakers`.
    package var breaker: String?
    /// `circuitBreakerCacheSize`: how many methods of an application have a breaker of their own at the same time.
    package var breakerCacheSize = PolicyNames.standardCacheSize
    /// Where the names are declared.
    package var place: ResourcePlace

    static let standardCacheSize = 100

    package init(timeout: String? = nil, retry: String? = nil, breaker: String? = nil, place: ResourcePlace) {
        self.timeout = timeout
        self.retry = retry
        self.breaker = breaker
        self.place = place
    }
}

/// How often and when a failed attempt is retried.
package struct RetryPolicy: Equatable, Sendable {
    /// How the wait grows.
    package enum Growth: Equatable, Sendable {
        /// The wait is always the same.
        case constant(Duration)
        /// The wait starts at 500 ms and grows by half each time up to `maximum`, with ±50 % of jitter; retries end
        /// after 15 minutes.
        case exponential(maximum: Duration)
    }

    /// How the wait grows.
    package var growth: Growth = .constant(.seconds(5))
    /// The number of attempts after the first; `nil` for no limit.
    package var maximumRetries: Int?
    /// The statuses of an application that are retried; `nil` for all that count as failures.
    package var statuses: [ClosedRange<Int>]?

    /// Creates daprd's defaults.
    package init() {}
}
