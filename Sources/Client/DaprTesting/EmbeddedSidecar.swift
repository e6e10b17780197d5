package import DaprHTTP
package import DaprSidecar
import DaprSidecarHTTP

/// A sidecar inside a test's process, without a socket.
///
/// ```swift
/// try await EmbeddedSidecar.with(.init(appID: "orders")) { sidecar in
///     let dapr = DaprClient(transport: sidecar.transport)
///     try await dapr.saveState(StateItem("order:1", value: "tea"), in: "statestore")
/// }
/// ```
///
/// It answers as daprd does, with state stores and pub/sub in memory, secrets, jobs, metadata and invocation of the test's application.
/// What its components keep in memory outlives ``restart()`` and ``kill()``, as a database would.
public final class EmbeddedSidecar: Sendable {
    /// What a sidecar is made of: the application's name, resources, faults and what answers for the application.
    public struct Configuration: Sendable {
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

        /// Creates a configuration of resources that were read already.
        package init(appID: String, resources: LoadedResources) {
            runtime = RuntimeConfiguration(appID: appID)
            self.resources = resources
        }
    }

    /// The way to the sidecar for a `DaprClient`.
    public let transport: SidecarTransport
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
    /// - Parameter configuration: What the sidecar is made of.
    /// - Returns: The sidecar, which serves.
    /// - Throws: ``SidecarError/resources(_:)`` when a component cannot be opened.
    public static func start(_ configuration: Configuration) async throws(SidecarError) -> EmbeddedSidecar {
        let sidecar = EmbeddedSidecar(configuration)
        try await sidecar.start()
        return sidecar
    }

    /// Lends a sidecar, and ends it however the body does.
    ///
    /// - Parameters:
    ///   - configuration: What the sidecar is made of.
    ///   - body: Is lent the sidecar.
    /// - Returns: What the body returns.
    /// - Throws: ``SidecarError/resources(_:)`` when a component cannot be opened; what the body throws, as a ``FaultedRun`` with the plan
    ///   and the log where faults were injected.
    public static func with<Value>(
        _ configuration: Configuration,
        _ body: (EmbeddedSidecar) async throws -> Value
    ) async throws -> Value {
        let sidecar = try await start(configuration)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(sidecar))
        } catch {
            let hasFaults = !sidecar.faults.log.isEmpty
            result = .failure(hasFaults ? FaultedRun(faults: sidecar.faultReport, cause: error) : error)
        }
        _ = await sidecar.stop()
        return try result.get()
    }

    /// The fault plan and what it did so far, a line for each fault: what a failing test shows, and what repeats the run.
    ///
    /// ``Configuration/init(appID:faults:)`` reads it back, since what was done stands behind `#`.
    public var faultReport: String { faults.description }

    /// Kills the sidecar and starts it again over the same state.
    ///
    /// What waits to be delivered is lost, and so are the answers of calls under way.
    ///
    /// - Throws: ``SidecarError/resources(_:)`` when a component cannot be opened again.
    public func restart() async throws(SidecarError) {
        do throws(ComponentError) {
            try await lives.restart()
        } catch {
            throw SidecarError(error)
        }
    }

    /// Kills the sidecar, as a crash would; calls are refused until ``start()``.
    public func kill() async { await lives.kill() }

    /// Starts the sidecar again after ``kill()`` or ``stop()``.
    ///
    /// - Throws: ``SidecarError/resources(_:)`` when a component cannot be opened again.
    public func start() async throws(SidecarError) {
        do throws(ComponentError) {
            try await lives.start()
        } catch {
            throw SidecarError(error)
        }
    }

    /// Ends the sidecar in order.
    ///
    /// - Returns: `false` when deliveries in flight had to be cut, since the application did not answer them in time.
    public func stop() async -> Bool { await lives.stop() }
}

/// Why a run with faults failed, and what repeats it.
public struct FaultedRun: Error, CustomStringConvertible {
    /// The plan and its log, as ``EmbeddedSidecar/faultReport``.
    public let faults: String
    /// What was thrown.
    public let cause: any Error

    /// The cause, and under it the plan and its log.
    public var description: String { "\(cause)\nunder the fault plan:\n\(faults)" }
}
