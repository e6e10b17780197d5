import Dapr
import DaprCurl
import DaprHTTP
import DaprHTTPServer
import Settings
import TaskAPI
import TaskEvents
import TasksDapr
import WebFront

/// What the server is made of: every setting as a value of its own type.
struct ServerConfiguration: Sendable {
    var appAddress: HTTPAddress
    var publicAddress: HTTPAddress?
    var metricsAddress: HTTPAddress?
    var endpoint: DaprEndpoint
    var daprAPIToken: String?
    var appAPIToken: String?
    var sidecarWait: Duration
    var stateStore: StateStoreName
    var topics: TopicNames
    var jwtSecret: SecretPlace
    var serverSecret: SecretPlace
    var issuer: String
    var audience: String
    var cors: CORSPolicy
    var requestLog: RequestLogPolicy
    var inFlight: Allotment.Limits
    var rates: RateLimits
    var streams: Allotment.Limits
    var longestWait: Duration
    var loops: Int?
    var journal: JournalConfiguration
    var stopDelay: Duration
    var drainTime: Duration
    /// How spans are exported; `nil` when none are.
    var tracing: TracingConfiguration?

    private let connectionLimit: Int
    private let headDeadline: Duration
    private let answerDeadline: Duration
    private let connectionsPerAddress: Int?
    private let trustedProxies: [AddressRange]
    private let idleTimeout: Duration
    private let requestDeadline: Duration

    /// Takes the settings of `task-server serve`.
    ///
    /// - Throws: ``ConfigurationErrors``: every setting that is good alone and cannot be taken all the same.
    init(_ values: SettingValues) throws {
        typealias Keys = ServerSettings
        var faults: [any Error] = []
        if values[Keys.commandDeadline] >= values[Keys.requestDeadline] { faults.append(ConfigurationError.deadlines) }
        let appHost = values[Keys.appHost]
        if values[Keys.appAPIToken] == nil, !Self.isLoopback(appHost) {
            faults.append(ConfigurationError.openAppPort(host: appHost))
        }
        for origin in values[Keys.corsOrigins] where !CORSPolicy.isOrigin(origin) {
            faults.append(ConfigurationError.notAnOrigin(origin))
        }
        trustedProxies = values[Keys.trustedProxies].compactMap { text in
            if let range = AddressRange(text) { return range }
            faults.append(ConfigurationError.proxy(text))
            return nil
        }
        do throws(DaprCurlError) {
            endpoint = try DaprEndpoint(values)
        } catch {
            endpoint = .local
            faults.append(error)
        }
        do throws(TracingConfigurationError) {
            tracing = try TracingConfiguration(values)
        } catch {
            faults.append(error)
        }
        guard faults.isEmpty else { throw ConfigurationErrors(faults: faults) }
        appAddress = .tcp(host: appHost, port: values[Keys.appPort])
        publicAddress = values[Keys.publicPort].map { .tcp(host: values[Keys.publicHost], port: $0) }
        metricsAddress = values[Keys.metricsPort].map { .tcp(host: values[Keys.metricsHost], port: $0) }
        daprAPIToken = values[Keys.daprAPIToken]
        appAPIToken = values[Keys.appAPIToken]
        sidecarWait = values[Keys.sidecarWait]
        stateStore = StateStoreName(values[Keys.stateStore])
        topics = TopicNames(
            pubsub: PubSubName(values[Keys.pubsub]),
            tasks: TopicName(values[Keys.topic]),
            commands: TopicName(values[Keys.commandTopic])
        )
        let secretStore = SecretStoreName(values[Keys.secretStore])
        jwtSecret = SecretPlace(
            secretStore,
            name: values[Keys.jwtSecretName],
            key: values[Keys.jwtSecretKey],
            setting: "jwt-secret"
        )
        serverSecret = SecretPlace(
            secretStore,
            name: values[Keys.serverSecretName],
            key: values[Keys.serverSecretKey],
            setting: "server-secret"
        )
        issuer = values[Keys.jwtIssuer]
        audience = values[Keys.jwtAudience]
        cors = CORSPolicy(origins: values[Keys.corsOrigins])
        requestLog = RequestLogPolicy(sample: values[Keys.logSample], slow: values[Keys.logSlow])
        inFlight = Allotment.Limits(
            perOwner: values[Keys.inFlightPerUser].bytes,
            inAll: values[Keys.inFlight].bytes
        )
        streams = Allotment.Limits(perOwner: values[Keys.streamsPerUser], inAll: values[Keys.streams])
        rates = RateLimits(
            ofUser: .init(writes: values[Keys.writesPerUser], expensiveReads: values[Keys.expensiveReadsPerUser]),
            ofAddress: .init(
                writes: values[Keys.writesPerAddress],
                expensiveReads: values[Keys.expensiveReadsPerAddress]
            )
        )
        longestWait = values[Keys.longestWait]
        loops = values[Keys.loops]
        stopDelay = values[Keys.stopDelay]
        drainTime = values[Keys.drainTime]
        connectionLimit = values[Keys.connectionLimit]
        headDeadline = values[Keys.headDeadline]
        answerDeadline = values[Keys.answerDeadline]
        connectionsPerAddress = values[Keys.connectionsPerAddress]
        rates.proxies = TrustedProxies(trustedProxies)
        idleTimeout = values[Keys.idleTimeout]
        requestDeadline = values[Keys.requestDeadline]
        journal = JournalConfiguration(
            commandDeadline: values[Keys.commandDeadline],
            callTimeout: values[Keys.callTimeout],
            waitingCommands: values[Keys.waitingCommands],
            readsPerCall: values[Keys.readsPerCall],
            viewBytes: values[Keys.viewMemory].bytes,
            bookTextBytes: values[Keys.bookText].bytes,
            historyRetention: values[Keys.historyRetention],
            leaseTime: values[Keys.relayLease],
            drainTime: values[Keys.publishTime]
        )
        journal.recordFormat = values[Keys.commitFormat]
    }

    /// The longest that a request waits for a change: whoever waits is woken up to a second late, and the answer takes its time.
    var longestChangeWait: Duration { max(.zero, requestDeadline - .seconds(2)) }

    /// How long the server's end may take after SIGTERM; what has not ended then is left to others.
    var endLimit: Duration {
        // After the relay come the lease and the snapshots, each a few calls, and then the spans that wait.
        stopDelay + drainTime + journal.drainTime + journal.callTimeout * 2 + (tracing == nil ? .zero : .seconds(2))
    }

    /// Whether only this machine reaches a literal address.
    private static func isLoopback(_ host: String) -> Bool {
        host.utf8.starts(with: "127.".utf8) || host.utf8.elementsEqual("::1".utf8)
    }

    /// How a server on one of the addresses is to behave.
    func server(on address: HTTPAddress, log: @escaping @Sendable (String) -> Void) -> HTTPServer.Configuration {
        var server = HTTPServer.Configuration(address: address)
        server.connectionLimit = connectionLimit
        server.headDeadline = headDeadline
        server.answerDeadline = answerDeadline
        if address == publicAddress {
            server.connectionsPerAddress = connectionsPerAddress
            server.uncountedPeers += trustedProxies
        }
        server.idleTimeout = idleTimeout
        server.requestDeadline = requestDeadline
        server.log = log
        return server
    }
}

/// Everything that keeps settings from being taken, though each is of its own form.
struct ConfigurationErrors: Error, CustomStringConvertible {
    let faults: [any Error]

    var description: String { faults.map { "task-server: \($0)" }.joined(separator: "\n") }
}

/// Settings that are good each, but not together.
enum ConfigurationError: Error, CustomStringConvertible {
    case deadlines
    case proxy(String)
    case openAppPort(host: String)
    case notAnOrigin(String)

    var description: String {
        switch self {
        case .deadlines:
            "--command-deadline must be shorter than --request-deadline, or a command's outcome would never be told"
        case .proxy(let text): "--trusted-proxies: \(text) is neither an address nor a range of addresses as 10.0.0.0/8"
        case .notAnOrigin(let text):
            "--cors-origin \(text.debugDescription) is no origin that a page can have; give scheme, host and port as browsers do, https://app.example, or * for every page"
        case .openAppPort(let host):
            "whoever reaches the app port at \(host) could send commands for every user; give it and the sidecar a token in APP_API_TOKEN (openssl rand -hex 32 makes one), or leave --app-host at 127.0.0.1"
        }
    }
}

extension DaprEndpoint {
    /// Takes the settings that say where the sidecar is.
    init(_ values: SettingValues) throws(DaprCurlError) {
        if let address = values[ServerSettings.daprHTTPEndpoint] {
            try self.init(parsing: address)
        } else {
            self = DaprEndpoint.local(port: UInt16(clamping: values[ServerSettings.daprHTTPPort]))
        }
    }
}
