import EventLoop
package import Sidecar
package import SidecarHTTP

/// A sidecar inside a test's process that listens on a free port, with threads of its own.
///
/// ```swift
/// let sidecar = try await ListeningSidecar.start(.init(runtime: .init(appID: "orders")))
/// let transport = try DaprCurlTransport(endpoint: DaprEndpoint(port: sidecar.port))
/// ```
package final class ListeningSidecar: Sendable {
    /// Where the API listens.
    package let port: Int
    /// What goes wrong, and what did.
    package let faults: FaultInjector
    private let service: SidecarService
    private let loops: EventLoopGroup

    private init(_ service: SidecarService, _ loops: EventLoopGroup, _ faults: FaultInjector) {
        self.service = service
        self.loops = loops
        self.faults = faults
        port = service.port
    }

    /// Starts a sidecar; to be ended by ``stop()``.
    ///
    /// - Parameters:
    ///   - configuration: Flags, as values; with an application's port the sidecar waits for it in the background.
    ///   - resources: The components, subscriptions and policies.
    ///   - stateStoreTypes: The types of state store that components may name.
    ///   - pubsubTypes: Those of pub/sub component.
    ///   - secretStoreTypes: Those of secret store.
    ///   - plan: What goes wrong.
    /// - Returns: The sidecar, which listens and serves.
    /// - Throws: What is wrong with a component, or why it cannot listen.
    package static func start(
        _ configuration: SidecarService.Configuration,
        resources: LoadedResources = .inMemory,
        stateStoreTypes: [StateStoreType] = [.inMemory],
        pubsubTypes: [PubSubType] = [.inMemory],
        secretStoreTypes: [SecretStoreType] = [.localFile, .localEnvironment],
        faults plan: FaultPlan = FaultPlan()
    ) async throws -> ListeningSidecar {
        let loops = try EventLoopGroup(count: 1)
        do {
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
            throw error
        }
    }

    /// Ends the sidecar in order; `false` when something in flight had to be cut.
    package func stop() async -> Bool {
        let isGraceful = await service.stop()
        loops.shutdown()
        return isGraceful
    }
}
