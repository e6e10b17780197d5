import DaprText

/// How one sidecar is run: daprd's flags and environment.
package struct RuntimeConfiguration: Sendable {
    /// `--app-id`.
    package var appID: String
    /// `--app-port`; `nil` when there is no application.
    package var appPort: Int?
    /// `--app-protocol`; only `http` is supported.
    package var appProtocol = "http"
    /// `--app-channel-address`.
    package var appChannelAddress = "127.0.0.1"
    /// `NAMESPACE`; `nil` when it is not set.
    package var namespace: String?
    /// `DAPR_API_TOKEN`, secret: the token that callers of the API must send.
    ///
    /// An empty one counts as none.
    package var apiToken: String?
    /// `APP_API_TOKEN`, secret: the token that the sidecar sends to the application.
    ///
    /// An empty one counts as none.
    package var appAPIToken: String?
    /// The health checks of the application; `nil` without `--enable-app-health-check`.
    package var appHealthCheck: AppHealthCheck?
    /// The file that stores jobs; `nil` for one next to the first state store that has a file.
    package var jobsFile: String?
    /// `--ignore-broken-resources`: parts of a resource that daprd would ignore are skipped and reported.
    package var ignoresBrokenResources = false
    /// `--disable-init-endpoints`: which of `config` and `subscribe` the application is not asked for.
    package var disabledInitEndpoints: Set<String> = []
    /// `--dapr-graceful-shutdown-seconds`: how long a stop waits for handlers in flight.
    package var gracefulShutdown: Duration = .seconds(5)
    /// `--dapr-block-shutdown-duration`: how long the API still serves after deliveries have stopped; `nil` for no
    /// time.
    package var blockShutdown: Duration?
    /// The Dapr version whose behaviour this sidecar imitates.
    package var runtimeVersion = "1.18.3"
    /// The environment of the sidecar, for `envRef` and `secretstores.local.env`.
    package var environment: [String: String] = [:]
    /// The environment with its names by their bytes.
    var variables: [ExactText: String] {
        Dictionary(environment.map { (ExactText($0.key), $0.value) }) { first, _ in first }
    }

    /// Creates a configuration with daprd's defaults.
    package init(appID: String) { self.appID = appID }
}

/// How the application's health is checked.
package struct AppHealthCheck: Equatable, Sendable {
    /// `--app-health-check-path`.
    package var path = "/healthz"
    /// `--app-health-probe-interval`.
    package var interval: Duration = .seconds(5)
    /// `--app-health-probe-timeout`.
    package var timeout: Duration = .milliseconds(500)
    /// `--app-health-threshold`: how many failures in a row make the application unhealthy; at least 1.
    package var threshold = 3

    /// Creates health checks with daprd's defaults.
    package init() {}
}
