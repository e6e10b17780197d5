internal import DaprSidecar

extension EmbeddedSidecar.Configuration {
    /// Creates what `dapr init` gives an application: a state store `statestore` and a pub/sub component `pubsub`, both in memory.
    ///
    /// - Parameter appID: The application's id.
    public init(appID: String) { self.init(appID: appID, resources: LoadedResources.inMemory) }

    /// Creates what `dapr init` gives an application, with faults.
    ///
    /// - Parameters:
    ///   - appID: The application's id.
    ///   - faults: The fault plan: `seed N` and a rule for each kind of fault, such as `state.save chance=0.3 -> lose`.
    /// - Throws: ``SidecarError/faultPlan(_:)`` for the first line that cannot be used.
    public init(appID: String, faults: String) throws(SidecarError) {
        self.init(appID: appID)
        try setFaults(faults)
    }

    /// Creates a sidecar with resources as they stand in the files of `--resources-path`.
    ///
    /// - Parameters:
    ///   - appID: The application's id.
    ///   - resources: YAML texts of components, subscriptions and resiliency policies, each of one document or more. Of components there are
    ///     `state.in-memory`, `pubsub.in-memory`, `secretstores.local.file` and `secretstores.local.env`.
    ///   - faults: The fault plan; empty for none.
    /// - Throws: ``SidecarError/resources(_:)`` for the first text that cannot be used, ``SidecarError/faultPlan(_:)`` for a line of the plan.
    public init(appID: String, resources: [String], faults: String = "") throws(SidecarError) {
        self.init(appID: appID, resources: try LoadedResources(texts: resources))
        try setFaults(faults)
    }

    /// The token that callers of the sidecar must send as `dapr-api-token`, as `DAPR_API_TOKEN` sets it; `nil` for none.
    public var apiToken: String? {
        get { runtime.apiToken }
        set { runtime.apiToken = newValue }
    }

    /// The token that the sidecar sends to the application as `dapr-api-token`, as `APP_API_TOKEN` sets it; `nil` for none.
    public var appAPIToken: String? {
        get { runtime.appAPIToken }
        set { runtime.appAPIToken = newValue }
    }

    /// The environment variables that the sidecar sees, for `envRef` in components and `secretstores.local.env`; none unless given.
    public var environment: [String: String] {
        get { runtime.environment }
        set { runtime.environment = newValue }
    }

    /// Has a closure answer for the application.
    ///
    /// It is asked for its subscriptions (`GET /dapr/subscribe`) and its configuration (`GET /dapr/config`) when the sidecar starts, and gets
    /// events, jobs and invocations. What it does not know it answers with status 404.
    ///
    /// - Parameter answer: Answers a call; it may be called many times at once.
    public mutating func setApp(_ answer: @escaping @Sendable (AppCall) async -> AppAnswer) {
        app = ClosureApp(answer: answer)
    }

    /// Has delays, retries and timeouts wait as the closure does, so that they need take no time.
    ///
    /// - Parameter sleep: Waits for a duration, or for less; throws when its task is cancelled.
    public mutating func setSleep(_ sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void) {
        var changed = surroundings ?? .seeded(faults.seed)
        changed.sleep = sleep
        surroundings = changed
    }

    private mutating func setFaults(_ text: String) throws(SidecarError) { faults = try FaultPlan(text: text) }
}

extension FaultPlan {
    /// Reads a plan, with the error in the words that strangers get.
    init(text: String) throws(SidecarError) {
        do throws(FaultPlanError) {
            try self.init(parsing: text)
        } catch {
            throw .faultPlan("\(error)")
        }
    }
}

extension LoadedResources {
    /// Reads resources, with the error in the words that strangers get.
    init(texts: [String]) throws(SidecarError) {
        do throws(ComponentError) {
            try self.init(yaml: texts)
        } catch {
            throw SidecarError(error)
        }
    }
}
