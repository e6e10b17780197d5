import Curl
package import EventLoop
import HTTP
package import HTTPServer
package import Sidecar
import Synchronization

/// A whole sidecar: its behaviour, the HTTP API in front of it and the way to its application.
///
/// The order of a life is ``start()`` and ``stop()``; both once.
package final class SidecarService: Sendable {
    package struct Configuration: Sendable {
        /// What the behaviour needs to know.
        package var runtime: RuntimeConfiguration
        /// Where the API listens; the first one's port is ``SidecarService/port``, and that of others with port 0.
        package var addresses: [HTTPAddress] = [.tcp(host: "127.0.0.1", port: 0)]
        /// `--allow-origin`: whose pages may use the API from a browser.
        package var allowedOrigins: Set<WebOrigin> = []
        /// `--allow-origin '*'`: every page may, and every name will do for the host.
        package var allowsEveryOrigin = false
        /// `--max-body-size`, in bytes.
        package var bodyLimit = 4 << 20
        /// `--read-buffer-size`, in bytes: what the head of a request may have, with as much again of slack.
        package var readBuffer = 4 << 10

        /// `--app-max-concurrency`: how many calls the application has to deal with at a time; `nil` for any number.
        package var appConcurrency: Int?
        /// Told what whoever runs the sidecar should know of its clients, a line each.
        package var onServerNotice: @Sendable (String) -> Void = { _ in }
        /// Where the metrics are served, on every path; `nil` for nowhere, and then nothing is counted.
        package var metricsAddress: HTTPAddress?
        /// Whether a free port will do where the metrics' own is taken.
        package var takesAnyMetricsPort = false

        /// Creates daprd's defaults on a free port.
        package init(runtime: RuntimeConfiguration) { self.runtime = runtime }
    }

    private let lives: SidecarLives
    private let client: CurlClient
    private let loops: EventLoopGroup
    private let servers: ListenerSet
    private let metrics: SidecarMetrics?
    private let configuration: Configuration
    private let metricsServer = Mutex(HTTPServer?.none)

    /// Creates a sidecar that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: Flags and environment, as values.
    ///   - resources: The components, subscriptions and policies.
    ///   - stateStoreTypes: The types of state store that components may name.
    ///   - pubsubTypes: Those of pub/sub component.
    ///   - secretStoreTypes: Those of secret store.
    ///   - jobStoreType: What keeps jobs in a file; `nil` for none.
    ///   - loops: Where everything waits; its owner shuts it down after ``stop()``.
    ///   - surroundings: Time, identifiers and chance.
    ///   - onShutdownRequest: Called for `POST /v1.0/shutdown`.
    ///   - observer: Told what happens, for a log.
    ///   - faults: What goes wrong on purpose; `nil` for nothing.
    /// - Throws: ``SidecarServiceError/client(_:)`` when libcurl cannot be used.
    package init(
        _ configuration: Configuration,
        resources: LoadedResources,
        stateStoreTypes: [StateStoreType] = [.inMemory],
        pubsubTypes: [PubSubType] = [.inMemory],
        secretStoreTypes: [SecretStoreType] = [.localFile, .localEnvironment],
        jobStoreType: JobStoreType? = nil,
        on loops: EventLoopGroup,
        surroundings: Surroundings = Surroundings(),
        onShutdownRequest: @escaping @Sendable (_ isForced: Bool) -> Void = { _ in },
        observer: @escaping @Sendable (RuntimeEvent) -> Void = { _ in },
        faults: FaultInjector? = nil
    ) throws(SidecarServiceError) {
        do throws(CurlError) {
            client = try CurlClient(on: loops)
        } catch {
            throw .client(error.description)
        }
        let client = client
        let metrics = configuration.metricsAddress.map { _ in
            SidecarMetrics(appID: configuration.runtime.appID, namespace: configuration.runtime.namespace)
        }
        self.metrics = metrics
        self.configuration = configuration
        var measure: (@Sendable (RuntimeMeasurement) -> Void)?
        if let metrics { measure = { metrics.count($0) } }
        let measured = measure
        let channel = Self.appChannel(configuration, client, metrics)
        // What is kept in memory only outlives a restart as well, where there can be one.
        let storeTypes = faults == nil ? stateStoreTypes : stateStoreTypes.map(\.lasting)
        let lives = SidecarLives(on: loops.next()) { restart in
            SidecarRuntime(
                configuration: configuration.runtime,
                resources: resources,
                stateStoreTypes: storeTypes,
                pubsubTypes: pubsubTypes,
                secretStoreTypes: secretStoreTypes,
                jobStoreType: jobStoreType,
                appChannel: channel,
                surroundings: surroundings,
                onShutdownRequest: onShutdownRequest,
                observer: { event in
                    observer(event)
                    metrics?.count(event)
                },
                measure: measured,
                faults: faults,
                restart: restart
            )
        }
        self.lives = lives
        var onRefusal: (@Sendable (APIError) -> Void)?
        if let metrics, resources.configuration.recordsErrorCodes { onRefusal = { metrics.refused($0) } }
        let calls = SidecarGate(
            lives,
            faults: faults,
            canRestart: faults != nil,
            bodyLimit: configuration.bodyLimit,
            onRefusal: onRefusal,
            sleep: surroundings.sleep
        )
        let guarded = OriginGuard(
            handler: calls,
            policy: OriginPolicy(
                addresses: configuration.addresses,
                origins: configuration.allowedOrigins,
                takesAll: configuration.allowsEveryOrigin
            ),
            onRefusal: onRefusal
        )
        let handler: any HTTPHandler =
            if let metrics { MeteredHandler(handler: guarded, metrics: metrics) } else { guarded }
        servers = ListenerSet(configuration.addresses) { address in
            var server = HTTPServer.Configuration(address: address)
            // Go's server gives a head 4 KiB more than it is told.
            server.headLimit = configuration.readBuffer + (4 << 10)
            // daprd waits for an application, or for a store, as long as they take.
            server.requestDeadline = .seconds(86_400)
            // Its clients are the developer's own, who may look at one in a debugger, and answers are as long as the application makes them.
            server.answerDeadline = .seconds(300)
            server.answerLimit = 1 << 40
            server.notice = configuration.onServerNotice
            return HTTPServer(server, on: loops, handler: handler)
        }
        self.loops = loops
    }

    /// The bound port of the first address.
    package var port: Int { servers.port }

    /// The port of the metrics; `nil` where there is none, and before ``start()``.
    package var metricsPort: Int? { metricsServer.withLock { $0?.port } }

    /// Opens the components and listens; then waits for the application in the background.
    package func start() async throws(SidecarServiceError) {
        try await startMetrics()
        do throws(ComponentError) {
            try await lives.start(isHeld: true)
        } catch {
            await stopMetrics()
            await client.shutdown()
            throw .component(error)
        }
        do throws(HTTPServerError) {
            try await servers.start()
        } catch {
            await servers.drain(within: .zero)
            _ = await lives.stop()
            await stopMetrics()
            await client.shutdown()
            throw .server(error)
        }
        lives.run()
    }

    /// Ends deliveries, while the API still serves for `--dapr-block-shutdown-duration`; to be called once, before ``stop()``.
    package func announceStop() async { await lives.life?.runtime.announceStop() }

    /// Stops serving, waits for handlers in flight and closes the components.
    ///
    /// - Returns: Whether everything in flight came to its end within `--dapr-graceful-shutdown-seconds`.
    package func stop() async -> Bool {
        await servers.drain(within: configuration.runtime.gracefulShutdown)
        let isGraceful = await lives.stop()
        await stopMetrics()
        await client.shutdown()
        return isGraceful
    }

    /// The way to the application: at most so many calls at a time, and counted.
    private static func appChannel(
        _ configuration: Configuration,
        _ client: CurlClient,
        _ metrics: SidecarMetrics?
    ) -> (any AppChannel)? {
        guard let port = configuration.runtime.appPort else { return nil }
        var channel: any AppChannel = CurlAppChannel(
            client: client,
            host: configuration.runtime.appChannelAddress,
            port: port
        )
        if let metrics { channel = MeteredAppChannel(channel: channel, metrics: metrics) }
        if let limit = configuration.appConcurrency { channel = LimitedAppChannel(channel: channel, limit: limit) }
        return channel
    }

    /// Listens for those who read the metrics, first of all, as daprd does.
    private func startMetrics() async throws(SidecarServiceError) {
        guard let metrics, let address = configuration.metricsAddress else { return }
        let handler = MetricsHandler(registry: metrics.registry)
        var server = HTTPServer(HTTPServer.Configuration(address: address), on: loops, handler: handler)
        do throws(HTTPServerError) {
            do throws(HTTPServerError) {
                try await server.start()
            } catch {
                guard configuration.takesAnyMetricsPort, case .tcp(let host, _) = address else { throw error }
                server = HTTPServer(
                    HTTPServer.Configuration(address: .tcp(host: host, port: 0)),
                    on: loops,
                    handler: handler
                )
                try await server.start()
            }
        } catch {
            await client.shutdown()
            throw .metrics(error)
        }
        let started = server
        metricsServer.withLock { $0 = started }
    }

    private func stopMetrics() async {
        let server = metricsServer.withLock { $0 }
        await server?.drain(within: .zero)
    }
}

/// Why a sidecar did not start.
package enum SidecarServiceError: Error, Equatable, CustomStringConvertible {
    /// A component cannot be opened.
    case component(ComponentError)
    /// The API cannot listen.
    case server(HTTPServerError)
    /// The metrics cannot be served where they should.
    case metrics(HTTPServerError)
    /// libcurl cannot be used.
    case client(String)

    package var description: String {
        switch self {
        case .component(let error): "\(error)"
        case .server(let error): error.description
        case .metrics(let error):
            "metrics: \(error.description); name another port by --metrics-port, or none by --enable-metrics=false"
        case .client(let reason): reason
        }
    }
}
