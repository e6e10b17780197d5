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
/// It answers as daprd does, with state stores and pub/sub in memory, secrets, jobs, metadata and invocation of the
/// test's application. The contents of its in-memory components survive ``restart()`` and ``kill()``, as in a database.
public final class EmbeddedSidecar: Sendable {
    /// The configuration of a sidecar: the application's id, resources, faults, and a handler for the application.
    public struct Configuration: Sendable {
        /// Settings that daprd takes as flags.
        package var runtime: RuntimeConfiguration
        /// The components, subscriptions and policies; by default a state store `statestore` and a pub/sub `pubsub` in
        /// memory.
        package var resources: LoadedResources
        /// The types of state store that components may name.
        package var stateStoreTypes: [StateStoreType] = [.inMemory]
        /// The types of pub/sub component that components may name.
        package var pubsubTypes: [PubSubType] = [.inMemory]
        /// The types of secret store that components may name.
        package var secretStoreTypes: [SecretStoreType] = [.localFile, .localEnvironment]
        /// Answers for the application; `nil` for a sidecar without one.
        package var app: (any HTTPHandler)?
        /// The faults to inject.
        package var faults = FaultPlan()
        /// Time, identifiers, randomness and waiting; `nil` for the machine's time and waiting, and for the rest from
        /// the plan's seed.
        package var surroundings: Surroundings?
        /// Called with each event of the runtime.
        package var observer: @Sendable (RuntimeEvent) -> Void = { _ in }

        /// Creates a configuration from loaded resources.
        package init(appID: String, resources: LoadedResources) {
            runtime = RuntimeConfiguration(appID: appID)
            self.resources = resources
        }
    }

    /// The transport for a `DaprClient`.
    public let transport: SidecarTransport
    /// Injects the faults, and logs them.
    package let faults: FaultInjector
    private let lives: SidecarLives

    private init(_ configuration: Configuration) {
        let faults = FaultInjector(configuration.faults)
        let surroundings = configuration.surroundings ?? .seeded(configuration.faults.seed)
        var runtime = configuration.runtime
        let channel = configuration.app.map { HandlerAppChannel(to: $0) }
        // Any number will do; it only says that there is an application.
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

    /// Starts a sidecar, which ``stop()`` must end; with an application it waits until it has the subscriptions.
    ///
    /// - Parameter configuration: The configuration of the sidecar.
    /// - Returns: The running sidecar.
    /// - Throws: ``SidecarError/resources(_:)`` when a component cannot be opened.
    public static func start(_ configuration: Configuration) async throws(SidecarError) -> EmbeddedSidecar {
        let sidecar = EmbeddedSidecar(configuration)
        try await sidecar.start()
        return sidecar
    }

    /// Runs `body` with a sidecar, and stops the sidecar afterwards, also when `body` throws.
    ///
    /// - Parameters:
    ///   - configuration: The configuration of the sidecar.
    ///   - body: Uses the sidecar.
    /// - Returns: The result of `body`.
    /// - Throws: ``SidecarError/resources(_:)`` when a component cannot be opened; the error of `body`, wrapped in a
    ///   ``FaultedRun`` with the plan and its log if faults were injected.
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

    /// The fault plan and its effects so far, one line for each fault; show it in a failing test, and use it to repeat
    /// the run.
    ///
    /// ``Configuration/init(appID:faults:)`` can read it, because the effects follow a `#`.
    public var faultReport: String { faults.description }

    /// Kills the sidecar and starts it again over the same state.
    ///
    /// Pending deliveries are lost, and so are the answers to calls in progress.
    ///
    /// - Throws: ``SidecarError/resources(_:)`` when a component cannot be opened again.
    public func restart() async throws(SidecarError) {
        do throws(ComponentError) {
            try await lives.restart()
        } catch {
            throw SidecarError(error)
        }
    }

    /// Kills the sidecar as a crash would; calls are refused until ``start()``.
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

    /// Stops the sidecar in an orderly way.
    ///
    /// - Returns: `false` when deliveries in flight had to be cut, because the application did not answer them in time.
    public func stop() async -> Bool { await lives.stop() }
}

/// The error of a run with faults, and the plan that repeats the run.
public struct FaultedRun: Error, CustomStringConvertible {
    /// The plan and its log, from ``EmbeddedSidecar/faultReport``.
    public let faults: String
    /// The error of the run.
    public let cause: any Error

    /// The cause, followed by the plan and its log.
    public var description: String { "\(cause)\nunder the fault plan:\n\(faults)" }
}
