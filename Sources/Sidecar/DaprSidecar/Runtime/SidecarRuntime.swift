import DaprText
import Synchronization

/// One sidecar: the behaviour of every building block, without a socket and without a database of its own.
///
/// The order of calls is ``start()``, ``run()``, which lasts until the next one, ``announceStop()`` and ``stop()``. The
/// operations may be called from any task after ``start()``.
package final class SidecarRuntime: Sendable {
    /// The mutable state of a sidecar.
    struct State {
        var components = OpenComponents()
        var catalog: ResiliencyCatalog?
        /// The declarative subscriptions before the application was asked, and all subscriptions afterwards.
        var subscriptions: [TopicSubscription] = []
        var extended: [ExactText: String] = [:]
        var phase = SidecarPhase.starting
        /// Whether the application was asked for its subscriptions.
        var isAppReady = false
        /// `nil` while it is unknown, and without health checks.
        var isAppHealthy: Bool?
        var served: [ServedSubscription] = []
        var life: Task<Void, Never>?
        /// Where jobs are stored; `nil` for in memory only.
        var jobsFile: String?
        /// Whether a job was ever scheduled in this life.
        var hasJob = false
    }

    /// How the sidecar is run.
    package let configuration: RuntimeConfiguration
    let resources: LoadedResources
    let stateStoreTypes: [StateStoreType]
    let pubsubTypes: [PubSubType]
    let secretStoreTypes: [SecretStoreType]
    let jobStoreType: JobStoreType?
    let appChannel: (any AppChannel)?
    let faults: FaultInjector?
    let surroundings: Surroundings
    let files: any ResourceFiles
    let onShutdownRequest: @Sendable (Bool) -> Void
    let observer: @Sendable (RuntimeEvent) -> Void
    let meter: RuntimeMeter
    let state = Mutex(State())
    let jobs: JobScheduler

    /// Creates a sidecar that has not started.
    ///
    /// - Parameters:
    ///   - configuration: How it is run.
    ///   - resources: The resources, from ``ComponentLoader`` or composed by a test.
    ///   - stateStoreTypes: The types of state store that components may name.
    ///   - pubsubTypes: The types of pub/sub component that components may name.
    ///   - secretStoreTypes: The types of secret store that components may name.
    ///   - jobStoreType: Stores jobs in a file; `nil` for in memory only, where they are lost at the end.
    ///   - appChannel: The path to the application; `nil` without one.
    ///   - surroundings: Time, identifiers, randomness and waiting.
    ///   - files: The source of secret files.
    ///   - onShutdownRequest: Called when a client asks the sidecar to end; `true` for at once.
    ///   - observer: Called for each event; must not block.
    ///   - measure: Called for measurements, which are too frequent for `observer`; must not block. `nil` costs
    ///     nothing.
    ///   - faults: The faults of deliveries and jobs; `nil` for none.
    ///   - restart: Called by a rule that restarts the sidecar; returns when the next life has begun.
    package init(
        configuration: RuntimeConfiguration,
        resources: LoadedResources = LoadedResources(),
        stateStoreTypes: [StateStoreType] = [.inMemory],
        pubsubTypes: [PubSubType] = [.inMemory],
        secretStoreTypes: [SecretStoreType] = [.localFile, .localEnvironment],
        jobStoreType: JobStoreType? = nil,
        appChannel: (any AppChannel)? = nil,
        surroundings: Surroundings = Surroundings(),
        files: any ResourceFiles = LocalFiles(),
        onShutdownRequest: @escaping @Sendable (_ isForced: Bool) -> Void = { _ in },
        observer: @escaping @Sendable (RuntimeEvent) -> Void = { _ in },
        measure: (@Sendable (RuntimeMeasurement) -> Void)? = nil,
        faults: FaultInjector? = nil,
        restart: @escaping @Sendable () async -> Void = {}
    ) {
        var appChannel = appChannel
        if let channel = appChannel, let faults {
            appChannel = FaultyAppChannel(
                channel: channel,
                faults: faults,
                sleep: surroundings.sleep,
                restart: restart
            )
        }
        self.configuration = configuration
        self.resources = resources
        self.stateStoreTypes = stateStoreTypes
        self.pubsubTypes = pubsubTypes
        self.secretStoreTypes = secretStoreTypes
        self.jobStoreType = jobStoreType
        self.appChannel = appChannel
        self.faults = faults
        self.surroundings = surroundings
        self.files = files
        self.onShutdownRequest = onShutdownRequest
        self.observer = observer
        let meter = RuntimeMeter(measure, now: surroundings.now)
        self.meter = meter
        let deliverer = JobDeliverer(
            channel: configuration.appPort == nil ? nil : appChannel,
            appAPIToken: configuration.appAPIToken,
            observer: observer,
            meter: meter
        )
        jobs = JobScheduler(
            surroundings: surroundings,
            files: files,
            deliver: { name, job in await deliverer.deliver(name, job) },
            complain: { observer(.jobNotKept(name: $0, reason: $1)) }
        )
    }

    /// The open components.
    var components: OpenComponents { state.withLock { $0.components } }

    /// Which calls of the API are available.
    package var apiAccess: APIAccess { resources.configuration.api }

    /// Whether the application was asked for its subscriptions, or there is none.
    var isReady: Bool { state.withLock { $0.phase.isReady } }

    /// Whether the sidecar is stopping.
    var isStopping: Bool { state.withLock { $0.phase.isStopping } }

    /// Whether an API call may pass: no token is configured, or the `dapr-api-token` header carries it.
    ///
    /// `healthz` and `healthz/outbound` need no token. The comparison takes the same time for every wrong token.
    package func accepts(token: String?) -> Bool {
        guard let wanted = configuration.apiToken, !wanted.isEmpty else { return true }
        return ConstantTime.areEqual(token ?? "", wanted)
    }

    /// `POST /v1.0/shutdown`; 204.
    ///
    /// `isForced` is the header `dapr-force-shutdown: true`.
    package func requestShutdown(isForced: Bool) { onShutdownRequest(isForced) }
}
