import DaprEventLoop
package import DaprSidecar
package import DaprSidecarHTTP

/// A sidecar inside a test's process that listens on a free port of 127.0.0.1, with threads of its own.
///
/// ```swift
/// let sidecar = try await ListeningSidecar.start(appID: "orders")
/// let transport = try DaprCurlTransport(endpoint: .local(port: sidecar.port))
/// ```
public final class ListeningSidecar: Sendable {
    /// The port of the API.
    public let port: UInt16
    /// Injects the faults, and logs them.
    package let faults: FaultInjector
    private let service: SidecarService
    private let loops: EventLoopGroup

    private init(_ service: SidecarService, _ loops: EventLoopGroup, _ faults: FaultInjector) {
        self.service = service
        self.loops = loops
        self.faults = faults
        port = UInt16(service.port)
    }

    /// Starts a sidecar, which ``stop()`` must end.
    ///
    /// - Parameters:
    ///   - appID: The application's id.
    ///   - appPort: The application's port on 127.0.0.1, for which the sidecar waits in the background; `nil` for none.
    ///   - resources: YAML texts of components, subscriptions and resiliency policies; `nil` for a state store
    ///     `statestore` and a pub/sub component `pubsub` in memory.
    ///   - faults: The fault plan; empty for none.
    ///   - apiToken: The token that callers must send; `nil` for none. Like `DAPR_API_TOKEN`.
    ///   - environment: The environment variables that the sidecar sees.
    /// - Returns: The running sidecar, which listens.
    /// - Throws: ``SidecarError`` when a resource or the plan is not valid, or the sidecar cannot listen.
    public static func start(
        appID: String,
        appPort: UInt16? = nil,
        resources: [String]? = nil,
        faults: String = "",
        apiToken: String? = nil,
        environment: [String: String] = [:]
    ) async throws(SidecarError) -> ListeningSidecar {
        var runtime = RuntimeConfiguration(appID: appID)
        runtime.appPort = appPort.map { Int($0) }
        runtime.apiToken = apiToken
        runtime.environment = environment
        let loaded = if let resources { try LoadedResources(texts: resources) } else { LoadedResources.inMemory }
        return try await start(.init(runtime: runtime), resources: loaded, faults: FaultPlan(text: faults))
    }

    /// The fault plan and its effects so far, one line for each fault.
    public var faultReport: String { faults.description }

    /// Starts a sidecar, which ``stop()`` must end.
    ///
    /// - Parameters:
    ///   - configuration: Settings that daprd takes as flags; with an application's port, the sidecar waits for it in
    ///     the background.
    ///   - resources: The components, subscriptions and policies.
    ///   - stateStoreTypes: The types of state store that components may name.
    ///   - pubsubTypes: The types of pub/sub component that components may name.
    ///   - secretStoreTypes: The types of secret store that components may name.
    ///   - plan: The faults to inject.
    /// - Returns: The running sidecar, which listens.
    /// - Throws: ``SidecarError`` when a component cannot be opened, or the sidecar cannot listen.
    package static func start(
        _ configuration: SidecarService.Configuration,
        resources: LoadedResources = .inMemory,
        stateStoreTypes: [StateStoreType] = [.inMemory],
        pubsubTypes: [PubSubType] = [.inMemory],
        secretStoreTypes: [SecretStoreType] = [.localFile, .localEnvironment],
        faults plan: FaultPlan = FaultPlan()
    ) async throws(SidecarError) -> ListeningSidecar {
        let loops: EventLoopGroup
        do throws(EventLoopError) {
            loops = try EventLoopGroup(count: 1)
        } catch {
            throw .cannotListen(error.description)
        }
        do throws(SidecarServiceError) {
            let faults = FaultInjector(plan)
            let service = try SidecarService(
                configuration,
                resources: resources,
                stateStoreTypes: stateStoreTypes,
                pubsubTypes: pubsubTypes,
                secretStoreTypes: secretStoreTypes,
                on: loops,
                surroundings: .seeded(plan.seed),
                faults: faults
            )
            try await service.start()
            return ListeningSidecar(service, loops, faults)
        } catch {
            loops.shutdown()
            throw SidecarError(error)
        }
    }

    /// Stops the sidecar in an orderly way.
    ///
    /// - Returns: `false` when something in flight had to be cut.
    public func stop() async -> Bool {
        let isGraceful = await service.stop()
        loops.shutdown()
        return isGraceful
    }
}
