import Settings

/// The flags of daprd and of `dapr run`, as far as they make sense for one sidecar on one machine.
enum SidecarFlags {
    static let appID = Setting(
        required: "app-id",
        .nonEmptyString,
        help: "The application's name: it begins the keys of its state and is the source of its events.",
        short: "a"
    )
    static let appPort = Setting(
        optional: "app-port",
        .integer(1...65_535),
        help: "The port on which the application listens for events and invocations. Without it nothing is delivered.",
        short: "p"
    )
    static let appProtocol = Setting<AppProtocol>(
        "app-protocol",
        default: .http,
        help: "How the application is spoken to; others of daprd's protocols are not offered.",
        short: "P"
    )
    static let appChannelAddress = Setting(
        "app-channel-address",
        .nonEmptyString,
        default: "127.0.0.1",
        help: "The address at which the application listens."
    )
    static let httpPort = Setting(
        "dapr-http-port",
        default: 3_500,
        range: -1...65_535,
        help: "The port of the API; 0 and -1 take a free one.",
        short: "H"
    )
    static let listenAddresses = Setting<[String]>(
        "dapr-listen-addresses",
        .list,
        default: ["localhost"],
        help:
            "The addresses on which the API listens; localhost is 127.0.0.1 and, where the system has it, ::1. daprd's default is all; this sidecar is for one machine."
    )
    static let allowedOrigins = Setting<[String]>(
        "allow-origin",
        .list,
        default: [],
        help: """
            Origins, such as http://localhost:5173, whose pages may use the API from a browser; * is every page. Without it a request with a \
            foreign Origin, or for a Host that is none of the API's addresses, is refused with 403.
            """,
        aliases: ["allowed-origins"]
    )
    static let unixSocketFolder = Setting(
        optional: "unix-domain-socket",
        .nonEmptyString,
        help: "A folder: the API then listens on the socket dapr-<app-id>-http.socket in it, and on no port.",
        short: "u"
    )
    static let resourcesPath = Setting<[String]>(
        "resources-path",
        .list,
        default: [],
        help: "A folder with components, subscriptions and resiliency resources as YAML; may be repeated.",
        short: "d",
        aliases: ["components-path"]
    )
    static let configuration = Setting(
        optional: "config",
        .nonEmptyString,
        help: "The file of a Configuration resource.",
        short: "c"
    )
    static let ignoresBrokenResources = Setting(
        "ignore-broken-resources",
        default: false,
        help: "Start without the resources that cannot be used, as daprd does, instead of refusing to start."
    )
    static let logLevel = Setting<DaprLogLevel>(
        "log-level",
        default: .info,
        help: "The least level that is logged."
    )
    static let maxBodySize = Setting(
        "max-body-size",
        default: .mebibytes(4),
        range: ByteCount(1)...ByteCount(1 << 30),
        help: "The longest body of a call."
    )
    static let readBufferSize = Setting(
        "read-buffer-size",
        default: .kibibytes(4),
        range: .kibibytes(1)...ByteCount.mebibytes(1),
        help: "The longest head of a call; as much as 4Ki more is let through."
    )
    static let gracefulShutdownSeconds = Setting(
        "dapr-graceful-shutdown-seconds",
        default: 5,
        range: 0...86_400,
        help: "How long the application, and then deliveries in flight, may take to end before they are cut."
    )
    static let blockShutdownDuration = Setting(
        optional: "dapr-block-shutdown-duration",
        .duration(),
        help: "How long the API still serves after the end was asked for, while nothing is delivered any more."
    )
    static let enablesHealthCheck = Setting(
        "enable-app-health-check",
        default: false,
        help: "Ask for the application's health, and deliver only while it is well."
    )
    static let healthCheckPath = Setting(
        "app-health-check-path",
        .nonEmptyString,
        default: "/healthz",
        help: "Where the application's health is asked for."
    )
    static let healthProbeInterval = Setting(
        "app-health-probe-interval",
        default: 5,
        range: 1...86_400,
        help: "Seconds between two such questions."
    )
    static let healthProbeTimeout = Setting(
        "app-health-probe-timeout",
        default: 500,
        range: 1...86_400_000,
        help: "Milliseconds that an answer may take."
    )
    static let healthThreshold = Setting(
        "app-health-threshold",
        default: 3,
        range: 1...1_000,
        help: "Failures in a row that make the application unwell."
    )
    static let disabledInitEndpoints = Setting<[String]>(
        "disable-init-endpoints",
        .list,
        default: [],
        help: "Of config and subscribe, what the application is not asked for at the start."
    )
    static let jobsFile = Setting(
        optional: "jobs-file",
        .nonEmptyString,
        help:
            "The SQLite file that keeps jobs; without it one beside the first state.sqlite component's, and in memory without one."
    )
    static let faults = Setting(
        optional: "faults",
        .nonEmptyString,
        help: """
            A file that says what goes wrong on purpose: a line "seed N", and rules such as state.transact key=log:* attempt=1 -> lose. \
            docs/testing-with-dev-sidecar.md has them all.
            """
    )
    static let grpcPort = Setting(
        "dapr-grpc-port",
        default: 50_001,
        range: -1...65_535,
        help: "Accepted as daprd's; there is no gRPC API, and the application is not told of one.",
        short: "G"
    )
    static let metricsPort = Setting(
        optional: "metrics-port",
        .integer(-1...65_535),
        help: "The port of the metrics; 0 and -1 take a free one. Without it 9090, or a free one where that is taken.",
        short: "M"
    )
    static let metricsListenAddress = Setting(
        "metrics-listen-address",
        .nonEmptyString,
        default: "127.0.0.1",
        help: "The address on which the metrics are served. daprd's default is all; this sidecar is for one machine."
    )
    static let enablesMetrics = Setting(
        "enable-metrics",
        default: true,
        help: "Serve metrics for Prometheus, under daprd's names."
    )
    static let logsAsJSON = Setting(
        "log-as-json",
        default: false,
        help: "Write the fields that daprd writes with this flag into every line of the log; it is JSON anyhow."
    )
    static let appMaxConcurrency = Setting(
        "app-max-concurrency",
        default: -1,
        range: -1...1_000_000,
        help: "How many calls the application has to deal with at a time; 0 and -1 are no limit."
    )
    static let maxRequestMegabytes = Setting(
        optional: "dapr-http-max-request-size",
        .integer(1...1_024),
        help: "The longest body of a call in MB; daprd's older way to say --max-body-size, which wins."
    )
    static let readBufferKilobytes = Setting(
        optional: "dapr-http-read-buffer-size",
        .integer(1...1_024),
        help: "The longest head of a call in KB; daprd's older way to say --read-buffer-size, which wins."
    )

    /// Every flag, in the order `--help` shows them.
    static let all: [any AnySetting] =
        [
            appID, appPort, appProtocol, appChannelAddress, httpPort, listenAddresses, allowedOrigins, unixSocketFolder,
            resourcesPath,
            configuration, ignoresBrokenResources, logLevel, maxBodySize, readBufferSize, gracefulShutdownSeconds,
            blockShutdownDuration, enablesHealthCheck, healthCheckPath, healthProbeInterval, healthProbeTimeout,
            healthThreshold, disabledInitEndpoints, jobsFile, faults, grpcPort, metricsPort, metricsListenAddress,
            enablesMetrics, logsAsJSON, appMaxConcurrency, maxRequestMegabytes, readBufferKilobytes,
        ] + missingSwitches.map(\.setting) + missingTexts.map(\.setting) + switchesWithoutEffect + textsWithoutEffect

    /// What people need first of them.
    static let common: [any AnySetting] = [
        appID, appPort, httpPort, resourcesPath, configuration, allowedOrigins, unixSocketFolder, enablesHealthCheck,
        metricsPort, jobsFile, faults, logLevel,
    ]

    /// What daprd does with these is missing here, so that whoever names one is told.
    static let missingSwitches: [(name: String, setting: Setting<Bool?>)] = [
        "app-ssl", "enable-profiling", "enable-api-logging",
    ].map { ($0, Setting(optional: $0, .boolean, help: missing)) }
    static let missingTexts: [(name: String, setting: Setting<String?>)] = [
        "dapr-public-port", "dapr-public-listen-address",
    ].map { ($0, Setting(optional: $0, .string, help: missing)) }

    private static let missing = "Accepted as daprd's, with a warning: this sidecar does not do it."

    private static let switchesWithoutEffect: [any AnySetting] = [
        "enable-mtls", "disable-builtin-k8s-secret-store",
    ].map { Setting(optional: $0, .boolean, help: withoutEffect) }

    private static let textsWithoutEffect: [any AnySetting] = [
        "dapr-internal-grpc-port", "dapr-internal-grpc-listen-address", "profile-port", "placement-host-address",
        "scheduler-host-address", "scheduler-job-streams", "control-plane-address", "control-plane-trust-domain",
        "control-plane-namespace", "sentry-address", "sentry-request-jwt-audiences", "trust-domain", "mode",
        "app-binding-options-timeout", "actors-disseminate-timeout", "hot-reload-reconcile-interval", "actors-service",
        "reminders-service",
    ].map { Setting(optional: $0, .string, help: withoutEffect) }

    private static let withoutEffect = "Accepted as daprd's; makes no difference here."
}

/// The protocols in which this sidecar speaks to an application.
enum AppProtocol: String, CaseIterable, Sendable {
    case http
}

/// daprd's log levels.
enum DaprLogLevel: String, CaseIterable, Sendable {
    case debug
    case info
    case warn
    case error
    case fatal
    case panic
}

/// The program's commands.
enum SidecarCommand: String, Sendable {
    case run

    /// What the program understands.
    static let table = CommandTable<Self>(
        program: "dev-sidecar",
        version: "dev-sidecar, with the API of Dapr 1.18.3",
        summary:
            "A sidecar with Dapr's HTTP API for development and tests on one machine. Production runs Dapr itself.",
        environmentPrefix: "DEV_SIDECAR_",
        commands: [
            Command(
                .run,
                summary: """
                    Serves Dapr's HTTP API, with the flags of daprd and of dapr run. With a command behind -- the command is started \
                    once the API is up, and ended with the sidecar; the sidecar ends when it does, with its exit code. DAPR_API_TOKEN, \
                    APP_API_TOKEN and NAMESPACE are read from the environment, as daprd does.
                    """,
                settings: SidecarFlags.all,
                common: SidecarFlags.common,
                remainder: "command arguments…"
            )
        ]
    )
}
