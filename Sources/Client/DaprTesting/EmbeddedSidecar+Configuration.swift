internal import DaprSidecar

extension EmbeddedSidecar.Configuration {
    /// Creates the setup of `dapr init`: a state store `statestore` and a pub/sub component `pubsub`, both in memory.
    ///
    /// - Parameter appID: The application's id.
    public init(appID: String) { self.init(appID: appID, resources: LoadedResources.inMemory) }

    /// Creates the setup of `dapr init`, with faults.
    ///
    /// - Parameters:
    ///   - appID: The application's id.
    ///   - faults: The fault plan: `seed N` and a rule for each kind of fault, such as `state.save chance=0.3 -> lose`.
    /// - Throws: ``SidecarError/faultPlan(_:)`` for the first line that is not valid.
    public init(appID: String, faults: String) throws(SidecarError) {
        self.init(appID: appID)
        try setFaults(faults)
    }

    /// Creates a configuration with resources in the form of the files in `--resources-path`.
    ///
    /// - Parameters:
    ///   - appID: The application's id.
    ///   - resources: YAML texts of components, subscriptions and resiliency policies, each of one or more documents.
    ///     The available component types are `state.in-memory`, `pubsub.in-memory`, `secretstores.local.file` and
    ///     `secretstores.local.env`.
    ///   - faults: The fault plan; empty for none.
    /// - Throws: ``SidecarError/resources(_:)`` for the first text that is not valid, ``SidecarError/faultPlan(_:)``
    ///   for such a line of the plan.
    public init(appID: String, resources: [String], faults: String = "") throws(SidecarError) {
        self.init(appID: appID, resources: try LoadedResources(texts: resources))
        try setFaults(faults)
    }

    /// The token that callers must send to the sidecar as `dapr-api-token`; `nil` for none.
    ///
    /// Like `DAPR_API_TOKEN`.
    public var apiToken: String? {
        get { runtime.apiToken }
        set { runtime.apiToken = newValue }
    }

    /// The token that the sidecar sends to the application as `dapr-api-token`; `nil` for none.
    ///
    /// Like `APP_API_TOKEN`.
    public var appAPIToken: String? {
        get { runtime.appAPIToken }
        set { runtime.appAPIToken = newValue }
    }

    /// The environment variables that the sidecar sees, for `envRef` in components and `secretstores.local.env`; empty
    /// by default.
    public var environment: [String: String] {
        get { runtime.environment }
        set { runtime.environment = newValue }
    }

    /// Lets a closure answer for the application.
    ///
    /// When the sidecar starts, the closure is asked for its subscriptions (`GET /dapr/subscribe`) and its
    /// configuration (`GET /dapr/config`). Later it gets events, jobs and invocations. It should answer unknown calls
    /// with status 404.
    ///
    /// - Parameter answer: Answers a call; many calls may run at once.
    public mutating func setApp(_ answer: @escaping @Sendable (AppCall) async -> AppAnswer) {
        app = ClosureApp(answer: answer)
    }

    /// Replaces the waiting of delays, retries and timeouts, so that it need not take any time.
    ///
    /// - Parameter sleep: Waits for a duration, or less; throws when its task is cancelled.
    public mutating func setSleep(_ sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void) {
        var changed = surroundings ?? .seeded(faults.seed)
        changed.sleep = sleep
        surroundings = changed
    }

    private mutating func setFaults(_ text: String) throws(SidecarError) { faults = try FaultPlan(text: text) }
}

extension FaultPlan {
    /// Parses a plan, with an error that users of this library can read.
    init(text: String) throws(SidecarError) {
        do throws(FaultPlanError) {
            try self.init(parsing: text)
        } catch {
            throw .faultPlan("\(error)")
        }
    }
}

extension LoadedResources {
    /// Parses resources, with an error that users of this library can read.
    init(texts: [String]) throws(SidecarError) {
        do throws(ComponentError) {
            try self.init(yaml: texts)
        } catch {
            throw SidecarError(error)
        }
    }
}
