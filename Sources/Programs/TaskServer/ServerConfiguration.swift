import Dapr
import DaprCurl
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
    var inFlight: BytesInFlight.Limits
    var loops: Int?
    var journal: JournalConfiguration
    var drainTime: Duration

    private let connectionLimit: Int
    private let headDeadline: Duration
    private let answerDeadline: Duration
    private let connectionsPerAddress: Int?
    private let trustedProxies: [AddressRange]
    private let idleTimeout: Duration
    private let requestDeadline: Duration

    /// Takes the settings of `task-server serve`.
    ///
    /// - Throws: ``ConfigurationError`` when two settings do not go together, `DaprCurlError` for an address that is none.
    init(_ values: SettingValues) throws {
        typealias Keys = ServerSettings
        guard values[Keys.commandDeadline] < values[Keys.requestDeadline] else { throw ConfigurationError.deadlines }
        let appHost = values[Keys.appHost]
        guard values[Keys.appAPIToken] != nil || Self.isLoopback(appHost) else {
            throw ConfigurationError.openAppPort(host: appHost)
        }
        if let origin = values[Keys.corsOrigins].first(where: { !CORSPolicy.isOrigin($0) }) {
            throw ConfigurationError.notAnOrigin(origin)
        }
        appAddress = .tcp(host: appHost, port: values[Keys.appPort])
        publicAddress = values[Keys.publicPort].map { .tcp(host: values[Keys.publicHost], port: $0) }
        metricsAddress = values[Keys.metricsPort].map { .tcp(host: values[Keys.metricsHost], port: $0) }
        endpoint = try DaprEndpoint(values)
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
        inFlight = BytesInFlight.Limits(
            perOwner: values[Keys.inFlightPerUser].bytes,
            inAll: values[Keys.inFlight].bytes
        )
        loops = values[Keys.loops]
        drainTime = values[Keys.drainTime]
        connectionLimit = values[Keys.connectionLimit]
        headDeadline = values[Keys.headDeadline]
        answerDeadline = values[Keys.answerDeadline]
        connectionsPerAddress = values[Keys.connectionsPerAddress]
        trustedProxies = try values[Keys.trustedProxies].map { text in
            guard let range = AddressRange(text) else { throw ConfigurationError.proxy(text) }
            return range
        }
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
