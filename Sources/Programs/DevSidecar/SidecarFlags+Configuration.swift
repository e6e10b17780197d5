import DaprHTTPServer
import DaprLog
import DaprSidecar
import DaprSidecarHTTP
import Settings

extension SidecarService.Configuration {
    private static let standardBodyLimit = 4 << 20
    private static let standardReadBuffer = 4 << 10

    /// What the flags and the environment ask for.
    init(_ values: SettingValues, environment: [String: String], files: any ResourceFiles = LocalFiles()) {
        self.init(runtime: RuntimeConfiguration(values, environment: environment))
        bodyLimit = values[SidecarFlags.maxBodySize].bytes
        readBuffer = values[SidecarFlags.readBufferSize].bytes
        if let megabytes = values[SidecarFlags.maxRequestMegabytes], bodyLimit == Self.standardBodyLimit {
            bodyLimit = megabytes << 20
        }
        if let kilobytes = values[SidecarFlags.readBufferKilobytes], readBuffer == Self.standardReadBuffer {
            readBuffer = kilobytes << 10
        }
        if values[SidecarFlags.appMaxConcurrency] > 0 { appConcurrency = values[SidecarFlags.appMaxConcurrency] }
        if values[SidecarFlags.enablesMetrics] {
            let port = values[SidecarFlags.metricsPort]
            let host = LocalAddresses.literals(values[SidecarFlags.metricsListenAddress], hasIPv6: false).first ?? ""
            metricsAddress = .tcp(host: host, port: max(0, port ?? 9_090))
            takesAnyMetricsPort = port == nil
        }
        if let folder = values[SidecarFlags.unixSocketFolder] {
            addresses = [.unix(path: "\(folder)/dapr-\(runtime.appID)-http.socket")]
        } else {
            let port = max(0, values[SidecarFlags.httpPort])
            let hasIPv6 = LocalAddresses.hasIPv6Loopback(files)
            var hosts: [String] = []
            for address in values[SidecarFlags.listenAddresses] {
                for host in LocalAddresses.literals(address, hasIPv6: hasIPv6) where !hosts.contains(host) {
                    hosts.append(host)
                }
            }
            addresses = hosts.map { .tcp(host: $0, port: port) }
        }
        let origins = values[SidecarFlags.allowedOrigins]
        allowsEveryOrigin = origins.contains("*")
        allowedOrigins = Set(origins.compactMap { WebOrigin($0) })
    }
}

extension SidecarFlags {
    /// The flags on a command line that ask for what this sidecar does not do, by name.
    static func missing(in values: SettingValues) -> [String] {
        missingSwitches.filter { values[$0.setting] == true }.map(\.name)
            + missingTexts.filter { values[$0.setting].map { !$0.isEmpty } ?? false }.map(\.name)
    }

    /// What is wrong with flags that are right one by one; `nil` when nothing is.
    static func conflict(in values: SettingValues) -> String? {
        if let origin = values[allowedOrigins].first(where: { $0 != "*" && WebOrigin($0) == nil }) {
            return
                "--allow-origin: \"\(origin)\" is no origin; write it as http://host:port, without a path and a / at the end, or as *"
        }
        let isTooLong = values[healthProbeTimeout] > values[healthProbeInterval] * 1000
        return values[enablesHealthCheck] && isTooLong
            ? "--app-health-probe-timeout (ms) must not be longer than --app-health-probe-interval (s)" : nil
    }
}

extension RuntimeConfiguration {
    fileprivate init(_ values: SettingValues, environment: [String: String]) {
        self.init(appID: values[SidecarFlags.appID])
        appPort = values[SidecarFlags.appPort]
        appProtocol = values[SidecarFlags.appProtocol].rawValue
        appChannelAddress = values[SidecarFlags.appChannelAddress]
        namespace = environment["NAMESPACE"].flatMap { $0.isEmpty ? nil : $0 }
        apiToken = environment["DAPR_API_TOKEN"]
        appAPIToken = environment["APP_API_TOKEN"]
        disabledInitEndpoints = Set(values[SidecarFlags.disabledInitEndpoints])
        gracefulShutdown = .seconds(values[SidecarFlags.gracefulShutdownSeconds])
        blockShutdown = values[SidecarFlags.blockShutdownDuration]
        jobsFile = values[SidecarFlags.jobsFile]
        ignoresBrokenResources = values[SidecarFlags.ignoresBrokenResources]
        self.environment = environment
        // daprd writes them to its own environment, where components and secrets find them.
        self.environment["APP_ID"] = appID
        self.environment["APP_PORT"] = String(appPort ?? 0)
        guard values[SidecarFlags.enablesHealthCheck] else { return }
        var check = AppHealthCheck()
        check.path = values[SidecarFlags.healthCheckPath]
        check.interval = .seconds(values[SidecarFlags.healthProbeInterval])
        check.timeout = .milliseconds(values[SidecarFlags.healthProbeTimeout])
        check.threshold = values[SidecarFlags.healthThreshold]
        appHealthCheck = check
    }
}

extension DaprLogLevel {
    /// Our own level; there is none above an error.
    var level: LogLevel {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error, .fatal, .panic: .error
        }
    }
}

/// What the application finds in its environment.
enum AppEnvironment {
    /// The sidecar's own environment with what `dapr run` adds to it.
    static func variables(
        _ values: SettingValues,
        sidecarPort: Int,
        metricsPort: Int?,
        environment: [String: String]
    ) -> [String: String] {
        var variables = environment
        variables["APP_ID"] = values[SidecarFlags.appID]
        variables["APP_PROTOCOL"] = values[SidecarFlags.appProtocol].rawValue
        variables["APP_CHANNEL_ADDRESS"] = values[SidecarFlags.appChannelAddress]
        variables["APP_PORT"] = values[SidecarFlags.appPort].map(String.init)
        variables["DAPR_HTTP_PORT"] = String(sidecarPort)
        // Nothing listens for gRPC: a client that finds the port waits there in vain.
        variables["DAPR_GRPC_PORT"] = nil
        variables["DAPR_METRICS_PORT"] = metricsPort.map(String.init)
        return variables
    }
}
