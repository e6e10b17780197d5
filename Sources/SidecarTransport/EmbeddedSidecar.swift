package import HTTP
package import Sidecar
import SidecarHTTP

/// A sidecar inside a test's process, without a socket.
///
/// ```swift
/// try await EmbeddedSidecar.with(.init(appID: "orders")) { sidecar in
///     let dapr = DaprClient(transport: sidecar.transport)
/// }
/// ```
///
/// What its components keep in memory outlives ``restart()`` and ``kill()``, as a database would.
package final class EmbeddedSidecar: Sendable {
    /// What a sidecar is made of.
    package struct Configuration: Sendable {
        /// Flags, as values.
        package var runtime: RuntimeConfiguration
        /// The components, subscriptions and policies; a state store `statestore` and a pub/sub `pubsub` in memory unless given.
        package var resources: LoadedResources
        /// The types of state store that components may name.
        package var stateStoreTypes: [StateStoreType] = [.inMemory]
        /// Those of pub/sub component.
        package var pubsubTypes: [PubSubType] = [.inMemory]
        /// Those of secret store.
        package var secretStoreTypes: [SecretStoreType] = [.localFile, .localEnvironment]
        /// What answers for the application; `nil` without one.
        package var app: (any HTTPHandler)?
        /// What goes wrong.
        package var faults = FaultPlan()
        /// Time, identifiers, chance and waiting; `nil` for the machine's time and waiting, the rest by the plan's seed.
        package var surroundings: Surroundings?
        /// Told what happens.
        package var observer: @Sendable (RuntimeEvent) -> Void = { _ in }

        /// Creates what `dapr init` gives an application, without one that answers.
        package init(appID: String, resources: LoadedResources = .inMemory) {
            runtime = RuntimeConfiguration(appID: appID)
            self.resources = resources
        }
    }

    /// The way to the sidecar for a `DaprClient`.
    package let transport: SidecarTransport
    /// What goes wrong, and what did.
    package let faults: FaultInjector
    private let lives: SidecarLives

    private init(_ configuration: Configuration) {
        let faults = FaultInjector(configuration.faults)
        let surroundings = configuration.surroundings ?? .seeded(configuration.faults.seed)
        var runtime = configuration.runtime
        let channel = configuration.app.map { HandlerAppChannel(to: $0) }
        // The number says only that there is an application.
        if channel != nil, runtime.appPort == nil { runtime.appPort = 1 }
        let (settled, types) = (runtime, configuration.stateStoreTypes.map(\.lasting))
        let lives = SidecarLives(awaitsApp: channel != nil) { restart in
            SidecarRuntime(
                configuration: settled,
                resources: configuration.resources,
                stateStoreTypes: types,
                pubsubTypes: configuration.pubsubTypes,
                secretStoreTypes: configuration.secretStoreTypes,
                appChannel: channel,
                surroundings: surroundings,
                observer: configuration.observer,
                faults: faults,
                restart: restart
            )
        }
        self.lives = lives
        self.faults = faults
        transport = SidecarTransport(to: SidecarGate(lives, faults: faults, sleep: surroundings.sleep))
    }

    /// Starts a sidecar, and with an application waits until it has its subscriptions; to be ended by ``stop()``.
    ///
    /// - Throws: What is wrong with a component.
    package static func start(_ configuration: Configuration) async throws(ComponentError) -> EmbeddedSidecar {
        let sidecar = EmbeddedSidecar(configuration)
        try await sidecar.lives.start()
        return sidecar
    }

    /// Lends a sidecar, and ends it however the body does.
    ///
    /// - Throws: What the body throws, as a ``FaultedRun`` with the plan and the log where faults were injected.
    package static func with<Value>(
        _ configuration: Configuration,
        _ body: (EmbeddedSidecar) async throws -> Value
    ) async throws -> Value {
        let sidecar = try await start(configuration)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(sidecar))
        } catch {
            let hasFaults = !sidecar.faults.log.isEmpty
            result = .failure(hasFaults ? FaultedRun(faults: "\(sidecar.faults)", cause: error) : error)
        }
        _ = await sidecar.stop()
        return try result.get()
    }

    /// Kills the sidecar and starts it again over the same state.
    ///
    /// What waits to be delivered is lost, and so are the answers of calls under way.
    package func restart() async throws(ComponentError) { try await lives.restart() }

    /// Kills the sidecar; calls are refused until ``start()``.
    package func kill() async { await lives.kill() }

    /// Starts the sidecar again after ``kill()`` or ``stop()``.
    package func start() async throws(ComponentError) { try await lives.start() }

    /// Ends the sidecar in order; `false` when deliveries in flight had to be cut.
    package func stop() async -> Bool { await lives.stop() }
}

/// Why a run with faults failed, and what repeats it.
package struct FaultedRun: Error, CustomStringConvertible {
    /// The plan and its log.
    package let faults: String
    /// What was thrown.
    package let cause: any Error

    package var description: String { "\(cause)\nunder the fault plan:\n\(faults)" }
}
