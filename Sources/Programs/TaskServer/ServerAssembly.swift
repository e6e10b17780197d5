import Dapr
import DaprCurl
import DaprEventLoop
import DaprHTTPServer
import DaprLibcurl
import DaprLog
import DaprMetrics
import DaprOperatingSystem
import OpenTelemetry
import TaskAPI
import TaskEvents
import Tasks
import TasksDapr
import Tokens
import WebFront

/// Puts the server together; nothing listens and nothing is called yet.
func buildServer(configuration: ServerConfiguration, logger: Logger) throws -> ServerAssembly {
    let loops = try EventLoopGroup(count: configuration.loops)
    let metrics = MetricsRegistry()
    metrics.showProcess()
    let curl = try CurlClient(.init(unixSocketPath: configuration.endpoint.unixSocketPath), on: loops)
    let meter = SidecarCallMeter(metrics)
    let spans = try configuration.tracing.map { tracing in
        try SpanExport(
            tracing,
            instance: TaskIDMaker(now: ServerAssembly.now).next().rawValue,
            loops: loops,
            metrics: metrics,
            logger: logger
        )
    }
    let dapr = DaprClient(
        transport: DaprCurlTransport(endpoint: configuration.endpoint, client: curl),
        apiToken: configuration.daprAPIToken,
        timeout: configuration.journal.callTimeout,
        instrumentation: spans.map { SidecarCallSpans($0.tracer, beside: meter) } ?? meter
    )
    return ServerAssembly(
        configuration: configuration,
        logger: logger,
        metrics: metrics,
        loops: loops,
        curl: curl,
        spans: spans,
        dapr: dapr
    )
}

/// The parts of the server that are there before it listens.
struct ServerAssembly: Sendable {
    let configuration: ServerConfiguration
    let logger: Logger
    let metrics: MetricsRegistry
    let loops: EventLoopGroup
    let curl: CurlClient
    /// The export of spans; `nil` when there is none.
    let spans: SpanExport?
    let dapr: DaprClient
    /// Sees the calls of all parts to the store.
    let watch = StoreWatch()

    /// Waits for the sidecar, asks it for what the server needs, then listens: the sidecar waits for the app's port, so this one waits
    /// for nothing that waits for it.
    ///
    /// - Throws: `StartupError` or `HTTPServerError`, each saying what to do.
    func start() async throws -> ListeningServer {
        let startup = SidecarStartup(
            dapr: dapr,
            endpoint: configuration.endpoint.description,
            logger: logger,
            limit: configuration.sidecarWait
        )
        try await startup.waitForSidecar()
        let store = try await startup.checkStateStore(configuration.stateStore)
        let deliversInBulk = try await startup.deliversInBulk(configuration.topics.pubsub)
        let bulkReadsReportErrors = try await startup.bulkReadsReportErrors()
        let secret = try await startup.signingSecret(configuration.jwtSecret)
        let signers = try TaskSigners(await startup.serverSecret(configuration.serverSecret))

        let journal = journal(suiting: store, bulkReadsReportErrors: bulkReadsReportErrors)
        let service = service(journal)
        let readiness = readiness(of: service)
        let web = WebService(
            doors: doors(service, activity(journal), readiness, signers, deliversInBulk: deliversInBulk),
            try web(secret: secret)
        )
        var servers = [server(on: configuration.appAddress, web.app)]
        if let address = configuration.publicAddress { servers.append(server(on: address, web.clients)) }
        if let address = configuration.metricsAddress { servers.append(server(on: address, web.metrics)) }
        for server in servers { try await server.start() }
        if configuration.appAPIToken == nil {
            logger.warning(
                "every program on this machine may send commands for every user: set APP_API_TOKEN for server and sidecar"
            )
        }
        var facts: LogFields = [
            .appPort: .int(servers[0].port),
            .publicPort: .int(configuration.publicAddress == nil ? 0 : servers[1].port),
            .sidecar: .string(configuration.endpoint.description), .loops: .int(loops.loops.count),
        ]
        if let tracing = configuration.tracing { facts[.collector] = .string(tracing.endpoint.origin) }
        logger.info("listening", facts)
        // It publishes as long as the server runs; `stop` cancels it and waits for its end.
        let relay = Task { await service.run() }
        let exporting = spans.map { spans in Task { await spans.run() } }
        return ListeningServer(
            assembly: self,
            servers: servers,
            service: service,
            readiness: readiness,
            relay: relay,
            exporting: exporting
        )
    }

    /// Ends what a start that failed, or a server that stopped, leaves behind.
    func shutDown() async {
        await curl.shutdown()
        await spans?.shutDown()
        loops.shutdown()
    }

    private func journal(suiting store: SidecarMetadata.Component, bulkReadsReportErrors: Bool) -> JournalConfiguration
    {
        var journal = configuration.journal
        journal.bulkReadsReportErrors = bulkReadsReportErrors
        journal.suit(storeType: store.type, version: store.version)
        if journal.readsPerCall < configuration.journal.readsPerCall {
            logger.info("reads do not share calls on this store", [.store: .string("\(store.type)/\(store.version)")])
        }
        return journal
    }

    private func service(_ journal: JournalConfiguration) -> JournalTaskService {
        let now = Self.now
        let ids = TaskIDMaker(now: now)
        return JournalTaskService(
            dapr: dapr,
            store: configuration.stateStore,
            pubsub: configuration.topics.pubsub,
            topic: configuration.topics.tasks,
            configuration: journal,
            now: now,
            newID: { ids.next() },
            executors: executors,
            watch: watch,
            logger: logger,
            metrics: metrics,
            tracer: spans?.tracer
        )
    }

    fileprivate static let now: @Sendable () -> Timestamp = { Timestamp(clamping: WallClock.milliseconds) }

    private var executors: ServiceExecutors { ServiceExecutors(loops.loops, current: { [loops] in loops.current }) }

    private func activity(_ journal: JournalConfiguration) -> ActivityStore {
        let dapr = dapr.with(timeout: configuration.journal.callTimeout)
        return ActivityStore(
            dapr: dapr,
            store: configuration.stateStore,
            source: JournalChangeSource(dapr: dapr, store: configuration.stateStore, watch: watch),
            configuration: journal,
            executors: executors,
            watch: watch,
            logger: logger,
            metrics: metrics
        )
    }

    private var deadLetters: DeadLetterHandler {
        let store = DeadLetterStore(
            dapr: dapr,
            store: configuration.stateStore,
            now: Self.now,
            watch: watch,
            logger: logger,
            metrics: metrics
        )
        return DeadLetterHandler(dapr: dapr, pubsub: configuration.topics.pubsub, now: Self.now, keep: store.keeps)
    }

    private func readiness(of service: JournalTaskService) -> ReadinessMonitor {
        ReadinessMonitor(
            dapr: dapr.with(timeout: .seconds(2)),
            store: configuration.stateStore,
            pubsub: configuration.topics.pubsub,
            topics: [configuration.topics.tasks, configuration.topics.commands]
        ) {
            switch service.relayCondition(now: Self.now()) {
            case .ok: .ok
            case .behind: .behind
            case .failing: .failing
            }
        }
    }

    /// Every way into the service; one that is added here needs no change elsewhere.
    private func doors(
        _ service: any TaskService,
        _ activity: any ActivityService,
        _ readiness: ReadinessMonitor,
        _ signers: TaskSigners,
        deliversInBulk: Bool
    ) -> [Door] {
        let commandDeadline = configuration.journal.commandDeadline
        return [
            .tasks(
                service: service,
                activity: activity,
                commandDeadline: commandDeadline,
                now: Self.now,
                zones: TaskZones { SmallFile.bytes(of: $0) },
                signers: signers
            ),
            .operations(readiness: readiness, metrics: metrics),
            .events(
                topics: configuration.topics,
                deliversInBulk: deliversInBulk,
                service: service,
                activity: activity,
                deadLetters: deadLetters,
                commandDeadline: commandDeadline,
                logger: logger,
                metrics: metrics,
                tracer: spans?.tracer
            ),
        ]
    }

    /// All endpoints with what answers them, without a sidecar and without a port: for who only looks at them.
    func described() throws -> WebService {
        let service = service(configuration.journal)
        return WebService(
            doors: doors(
                service,
                activity(configuration.journal),
                readiness(of: service),
                // No cursor is ever signed with it, and no token held against the other.
                try TaskSigners(ServerSecret(parsing: String(repeating: "0", count: 32))),
                deliversInBulk: false
            ),
            try web(secret: [UInt8](repeating: 0, count: 32))
        )
    }

    private func web(secret: [UInt8]) throws(TokenError) -> WebConfiguration {
        let policy = TokenPolicy(
            keys: [try .hs256(secret: secret)],
            issuer: configuration.issuer,
            audience: configuration.audience
        )
        var web = WebConfiguration(
            description: .tasks,
            authenticator: Authenticator(
                bearing: TokenTrust(TokenVerifier(policy: policy)),
                now: { Int(clamping: WallClock.milliseconds / 1000) }
            ),
            inFlight: configuration.inFlight,
            rates: configuration.rates,
            longestWait: configuration.longestWait,
            logger: logger,
            metrics: metrics
        )
        web.tracer = spans?.tracer
        web.cors = configuration.cors
        web.requestLog = configuration.requestLog
        web.appAPIToken = configuration.appAPIToken
        return web
    }

    private func server(on address: HTTPAddress, _ handler: DoorHandler) -> HTTPServer {
        let logger = logger
        return HTTPServer(
            configuration.server(on: address) { logger.warning("libmicrohttpd", [.reason: .string($0)]) },
            on: loops,
            handler: handler
        )
    }
}

extension DaprEndpoint {
    /// The address for people; it never holds a credential.
    var description: String { unixSocketPath.map { "unix://\($0)" } ?? baseURL }
}

extension LogKey {
    static let appPort: LogKey = "app_port"
    static let publicPort: LogKey = "public_port"
    static let sidecar: LogKey = "sidecar"
    static let store: LogKey = "store"
    /// Where spans are sent to.
    static let collector: LogKey = "collector"
    static let loops: LogKey = "loops"
    static let reason: LogKey = "reason"
    static let signal: LogKey = "signal"
}
