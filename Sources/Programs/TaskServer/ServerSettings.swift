import DaprLog
import Settings
import TasksDapr

/// Every setting of the program, and the commands that take them.
enum ServerSettings {
    // Where it listens.
    static let appPort = Setting(
        "app-port",
        default: 8080,
        range: 1...65_535,
        help: "The port for the sidecar: the API and the events it delivers.",
        environment: "APP_PORT"
    )
    static let appHost = Setting(
        "app-host",
        default: "127.0.0.1",
        help: "The address of the app port; the sidecar is on this machine."
    )
    static let publicPort = Setting(
        optional: "public-port",
        .integer(1...65_535),
        help: "A second port with the API only, for clients. Without it there is none."
    )
    static let publicHost = Setting("public-host", default: "0.0.0.0", help: "The address of the public port.")

    static let metricsPort = Setting(
        optional: "metrics-port",
        .integer(1...65_535),
        help:
            "A port with /metrics only, for who collects them; they are on the app port too, and never on the public one."
    )
    static let metricsHost = Setting("metrics-host", default: "0.0.0.0", help: "The address of the metrics port.")

    // The sidecar.
    static let daprHTTPPort = Setting(
        "dapr-http-port",
        default: 3500,
        range: 1...65_535,
        help: "The sidecar's HTTP port on this machine.",
        environment: "DAPR_HTTP_PORT"
    )
    static let daprHTTPEndpoint = Setting(
        optional: "dapr-http-endpoint",
        .nonEmptyString,
        help: "The sidecar's whole address, http://host:port or unix:///path; wins over the port.",
        environment: "DAPR_HTTP_ENDPOINT"
    )
    static let daprAPIToken = Setting(
        optional: "dapr-api-token",
        .nonEmptyString,
        help: "What the sidecar asks of us in dapr-api-token.",
        environment: "DAPR_API_TOKEN",
        isSecret: true
    )
    static let appAPIToken = Setting(
        optional: "app-api-token",
        .nonEmptyString,
        help: "What we ask of the sidecar in dapr-api-token; must be given when the app port is not on loopback.",
        environment: "APP_API_TOKEN",
        isSecret: true,
        refusesEmpty: true
    )
    static let sidecarWait = Setting(
        "sidecar-wait",
        default: .seconds(60),
        range: .seconds(1)...(.seconds(3600)),
        help: "How long to wait for the sidecar at the start."
    )

    // Its components.
    static let stateStore = Setting("state-store", default: "statestore", help: "The component that keeps the tasks.")
    static let pubsub = Setting("pubsub", default: "pubsub", help: "The component that carries events.")
    static let topic = Setting("topic", default: "tasks", help: "The topic that changes are published to.")
    static let commandTopic = Setting(
        "command-topic",
        default: "task-commands",
        help: "The topic that others send commands to."
    )
    static let secretStore = Setting("secret-store", default: "local-secrets", help: "The component with the secrets.")

    // Tokens.
    static let jwtSecretName = Setting(
        "jwt-secret-name",
        default: "jwt-secret",
        help: "The secret that tokens are signed with."
    )
    static let jwtSecretKey = Setting(
        "jwt-secret-key",
        default: "jwt-secret",
        help: "Its key, for stores whose secrets have several."
    )
    static let serverSecretName = Setting(
        "server-secret-name",
        default: "server-secret",
        help:
            "The secret that cursors and undo tokens are signed with, the same for all replicas; to replace it, OLD,NEW first, then NEW,OLD."
    )
    static let serverSecretKey = Setting(
        "server-secret-key",
        default: "server-secret",
        help: "Its key, for stores whose secrets have several."
    )
    static let jwtIssuer = Setting("jwt-issuer", default: "task-server", help: "Who must have issued a token.")
    static let jwtAudience = Setting("jwt-audience", default: "task-server", help: "Whom a token must be meant for.")

    // Limits.
    static let corsOrigins = Setting(
        "cors-origin",
        default: [],
        help: "Origins whose pages may call the API, or *.",
        environment: "TASKS_CORS_ORIGINS"
    )
    static let loops = Setting(
        optional: "loops",
        .integer(1...1024),
        help: "How many event loops; without it one a core."
    )
    static let connectionLimit = Setting(
        "connection-limit",
        default: 2048,
        range: 1...65_536,
        help: "The most connections of one loop on one port."
    )
    static let headDeadline = Setting(
        "head-deadline",
        default: .seconds(10),
        range: .seconds(1)...(.seconds(300)),
        help: "How long a client may take to send a request's head."
    )
    static let answerDeadline = Setting(
        "answer-deadline",
        default: .seconds(15),
        range: .seconds(1)...(.seconds(300)),
        help: "How long a client may take hardly anything of an answer."
    )
    static let connectionsPerAddress = Setting(
        optional: "connections-per-address",
        .integer(1...65_536),
        help: "The most connections of one address on the public port; without it any number."
    )
    static let trustedProxies = Setting(
        "trusted-proxies",
        default: [],
        help:
            "Addresses or ranges (10.0.0.0/8) of proxies. Their connections are not counted, and their Forwarded or X-Forwarded-For tells the client's address."
    )
    static let idleTimeout = Setting(
        "idle-timeout",
        default: .seconds(60),
        range: .seconds(1)...(.seconds(3600)),
        help: "How long a kept connection may be silent."
    )
    static let requestDeadline = Setting(
        "request-deadline",
        default: .seconds(30),
        range: .seconds(1)...(.seconds(300)),
        help: "How long a request may take; must be above the command deadline."
    )
    static let commandDeadline = Setting(
        "command-deadline",
        default: .seconds(15),
        range: .milliseconds(100)...(.seconds(300)),
        help: "How long a command may take to be written."
    )
    static let callTimeout = Setting(
        "call-timeout",
        default: .seconds(5),
        range: .milliseconds(100)...(.seconds(300)),
        help: "How long one call of the sidecar may take."
    )
    static let waitingCommands = Setting(
        "waiting-commands",
        default: 1024,
        range: 1...1_000_000,
        help: "The most commands of one user that may wait; more are answered 429."
    )
    static let readsPerCall = Setting(
        "reads-per-call",
        default: 64,
        range: 1...256,
        help: "The most reads, asked for at the same time, that share one call; 1 on stores that may read an old copy."
    )
    static let viewMemory = Setting(
        "view-memory",
        default: .mebibytes(256),
        help: "About how much memory the tasks held ready may take."
    )
    static let bookText = Setting(
        "book-text",
        default: .mebibytes(64),
        help:
            "How many bytes the texts of one user's tasks may take together, as stored; what makes them longer is answered 409 then."
    )
    static let inFlightPerUser = Setting(
        "in-flight-per-user",
        default: .mebibytes(16),
        help: "How many bytes of long requests and unread answers one user may have on their way; more is answered 429."
    )
    static let inFlight = Setting(
        "in-flight",
        default: .mebibytes(96),
        help: "How many bytes of them there may be of all users; more is answered 503."
    )
    static let stopDelay = Setting(
        "stop-delay",
        default: .zero,
        range: .zero...(.seconds(600)),
        help: "How long requests are still taken after SIGTERM, while /ready says already that the server stops."
    )
    static let drainTime = Setting(
        "drain-time",
        default: .seconds(15),
        range: .zero...(.seconds(600)),
        help: "How long requests in flight may take after SIGTERM and the stop delay."
    )
    static let publishTime = Setting(
        "publish-time",
        default: .seconds(5),
        range: .zero...(.seconds(600)),
        help: "How long events may be published after that."
    )
    static let relayLease = Setting(
        "relay-lease",
        default: .seconds(10),
        range: .milliseconds(100)...(.seconds(300)),
        help: "How long after its last sign of life, and two call timeouts, others publish for a server that died."
    )
    static let historyRetention = Setting(
        optional: "history-retention",
        .duration(.seconds(30 * 86_400)...(.goLongest)),
        help: "How long changes are kept that are published and in a snapshot. Without it for ever."
    )
    static let commitFormat = Setting(
        "commit-format",
        default: CommitRecord.written.lowerBound,
        range: CommitRecord.written,
        help:
            "The format that commits are written in, unless only a newer one holds them; servers of before read the older one only."
    )
    static let logLevel = Setting("log-level", default: LogLevel.info, help: "The least level that is logged.")
    static let logSample = Setting(
        "log-sample",
        .fraction,
        default: 1,
        help: "The share of quick, successful requests that have a line in the log; failures and slow ones all have."
    )
    static let logSlow = Setting(
        "log-slow",
        default: .seconds(1),
        help: "How long a request takes that has a line in any case."
    )

    // The command `token`.
    static let user = Setting(
        "user",
        default: "demo",
        help: "The user whom the token is for.",
        environment: "TASKS_TOKEN_USER"
    )
    static let lifetime = Setting(
        "lifetime",
        default: .seconds(86_400),
        range: .seconds(1)...(.seconds(31_536_000)),
        help: "How long the token is good.",
        environment: "TASKS_TOKEN_LIFETIME"
    )
    static let secretsFile = Setting(
        "secrets-file",
        default: ".data/secrets.json",
        help: "The file of the local secret store, with the secret that tokens are signed with."
    )

    // The commands `deadletter …`.
    static let jsonName = "json"
    static let json = Setting(jsonName, default: false, help: "Print JSON, for programs.")

    /// Where the sidecar is, for the commands that work beside a server.
    static let sidecar: [any AnySetting] = [daprHTTPPort, daprHTTPEndpoint, daprAPIToken, callTimeout]

    enum Name: String, Sendable {
        case serve, routes, config, token, verify, outbox, export, migrate
        case outboxRedrive = "outbox redrive"
        case eventsReplay = "events replay"
        case importing = "import"
        case deadLetterList = "deadletter list"
        case deadLetterShow = "deadletter show"
        case deadLetterRedrive = "deadletter redrive"
        case deadLetterRemove = "deadletter remove"
    }

    /// The program's version.
    static let version = "1.0.0"

    static let table = CommandTable<Name>(
        program: "task-server",
        version: version,
        summary: "Keeps tasks through a Dapr sidecar, and serves them over HTTP.",
        environmentPrefix: "TASKS_",
        commands: [
            Command(
                .serve,
                summary: "Serve the API until SIGTERM or SIGINT; a second one ends it at once.",
                settings: serving,
                common: common
            ),
            Command(
                .routes,
                summary: "List every endpoint that serve has: method, path, ports, proof, and what it is for.",
                settings: [json] + serving,
                common: [json]
            ),
            Command(
                .config,
                summary:
                    "Show the settings that serve would have, each with where it comes from; secrets are masked. Ends with 2 when they cannot be.",
                settings: [json] + serving,
                common: [json]
            ),
            Command(
                .token,
                summary: "Print a token for a user, signed with the key of the local secret file.",
                settings: [user, lifetime, secretsFile, jwtSecretName, jwtIssuer, jwtAudience]
            ),
            Command(
                .deadLetterList,
                summary: "List the events that nobody could handle, the oldest first.",
                settings: [json] + sidecar + [stateStore]
            ),
            Command(
                .deadLetterShow,
                summary: "Show one of them whole, as JSON.",
                settings: sidecar + [stateStore],
                operand: "<id>"
            ),
            Command(
                .deadLetterRedrive,
                summary: "Send one, or all, to the topic they came from, and forget them. It may be repeated.",
                settings: [all] + sidecar + [stateStore, pubsub],
                operand: "<id>"
            ),
            Command(
                .deadLetterRemove,
                summary: "Forget one of them.",
                settings: sidecar + [stateStore],
                operand: "<id>"
            ),
        ] + operations
    )
}
