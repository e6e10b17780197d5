package import DaprEventLoop
import DaprHTTP
package import DaprHTTPServer
import DaprLibcurl
package import DaprSidecar
import Synchronization

/// A whole sidecar: its behaviour, the HTTP API in front of it and the path to its application.
///
/// ``start()`` and ``stop()`` are called once each, in this order.
package final class SidecarService: Sendable {
    package struct Configuration: Sendable {
        /// The configuration of the behaviour.
        package var runtime: RuntimeConfiguration
        /// The addresses of the API; the first one's port is ``SidecarService/port``, which others with port 0 share.
        package var addresses: [HTTPAddress] = [.tcp(host: "127.0.0.1", port: 0)]
        /// `--allow-origin`: the origins whose pages may use the API from a browser.
        package var allowedOrigins: Set<WebOrigin> = []
        /// `--allow-origin '*'`: every page may use the API, and every `Host` is accepted.
        package var allowsEveryOrigin = false
        /// `--max-body-size`, in bytes.
        package var bodyLimit = 4 << 20
        /// `--read-buffer-size`, in bytes: the limit of a request's head, to which 4 KiB of slack are added.
        package var readBuffer = 4 << 10

        /// `--app-max-concurrency`: the most concurrent calls to the application; `nil` for no limit.
        package var appConcurrency: Int?
        /// Called with each notice about clients, in one line, for the person who runs the sidecar.
        package var onServerNotice: @Sendable (String) -> Void = { _ in }
        /// The address of the metrics, which are served on every path; `nil` for none, and then nothing is counted.
        package var metricsAddress: HTTPAddress?
        /// Whether a free port may replace the metrics' own when that is taken.
        package var takesAnyMetricsPort = false

        /// Creates a configuration with daprd's defaults and a free port.
        package init(runtime: RuntimeConfiguration) { self.runtime = runtime }
    }

    private let lives: SidecarLives
    private let client: CurlClient
    private let loops: EventLoopGroup
    private let servers: ListenerSet
    private let metrics: SidecarMetrics?
    private let configuration: Configuration
    private let metricsServer = Mutex(HTTPServer?.none)

    /// Creates a sidecar that is not started.
    ///
    /// - Parameters:
    ///   - configuration: Flags and environment, as values.
    ///   - resources: The components, subscriptions and policies.
    ///   - stateStoreTypes: The types of state store that components may name.
    ///   - pubsubTypes: The types of pub/sub component that components may name.
    ///   - secretStoreTypes: The types of secret store that components may name.
    ///   - jobStoreType: Stores jobs in a file; `nil` for in memory only.
    ///   - loops: The event loops of the servers and clients; their owner shuts them down after ``stop()``.
    ///   - surroundings: Time, identifiers and randomness.
    ///   - onShutdownRequest: Called for `POST /v1.0/shutdown`.
    ///   - observer: Called for each event, for a log.
    ///   - faults: The faults to apply; `nil` for none.
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
        // In-memory stores must outlive a restart as well, when there can be one.
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
        servers = ListenerSet(configuration.addresses) { address in
            var server = HTTPServer.Configuration(address: address)
            // Go's server allows a head 4 KiB more than its limit.
            server.headLimit = configuration.readBuffer + (4 << 10)
            // daprd waits for an application or a store without a limit.
            server.requestDeadline = .seconds(86_400)
            // Its clients are the developer's own, who may be in a debugger, and the application decides how long
            // answers are.
            server.answerDeadline = .seconds(300)
            server.answerLimit = 1 << 40
            server.notice = configuration.onServerNotice
            if let metrics {
                server.onAnswer = { head, received, answer, elapsed in
                    metrics.answered(
                        method: head.method.rawValue,
                        path: head.path,
                        status: answer.status.code,
                        received: received,
                        sent: answer.bytes.count,
                        elapsed: elapsed
                    )
                }
            }
            return HTTPServer(server, on: loops, handler: guarded)
        }
        self.loops = loops
    }

    /// The bound port of the first address.
    package var port: Int { servers.port }

    /// The bound port of the metrics; `nil` when they are not served, and before ``start()``.
    package var metricsPort: Int? { metricsServer.withLock { $0?.port } }

    /// Opens the components, listens, and then waits for the application in the background.
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

    /// Ends deliveries, while the API still serves for `--dapr-block-shutdown-duration`; call it once, before
    /// ``stop()``.
    package func announceStop() async { await lives.life?.runtime.announceStop() }

    /// Stops serving, waits for handlers in flight and closes the components.
    ///
    /// - Returns: Whether everything in flight finished within `--dapr-graceful-shutdown-seconds`.
    package func stop() async -> Bool {
        await servers.drain(within: configuration.runtime.gracefulShutdown)
        let isGraceful = await lives.stop()
        await stopMetrics()
        await client.shutdown()
        return isGraceful
    }

    /// The path to the application, with metrics and a limit of concurrent calls if configured.
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

    /// Starts the metrics server, before everything else, as in daprd.
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
    /// The metrics cannot be served at their address.
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
