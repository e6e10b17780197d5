import DaprText

/// How one sidecar is run: what daprd takes as flags and environment.
package struct RuntimeConfiguration: Sendable {
    /// `--app-id`.
    package var appID: String
    /// `--app-port`; `nil` when there is no application.
    package var appPort: Int?
    /// `--app-protocol`; only `http` is spoken.
    package var appProtocol = "http"
    /// `--app-channel-address`.
    package var appChannelAddress = "127.0.0.1"
    /// `NAMESPACE`; `nil` when it is not set.
    package var namespace: String?
    /// `DAPR_API_TOKEN`, secret: what callers of the API must send.
    ///
    /// An empty one counts as none.
    package var apiToken: String?
    /// `APP_API_TOKEN`, secret: what the sidecar sends to the application.
    ///
    /// An empty one counts as none.
    package var appAPIToken: String?
    /// The health checks of the application; `nil` without `--enable-app-health-check`.
    package var appHealthCheck: AppHealthCheck?
    /// The file that keeps jobs; `nil` for one beside the first state store that has a file.
    package var jobsFile: String?
    /// `--ignore-broken-resources`: what daprd would not notice in a resource is left out, and told.
    package var ignoresBrokenResources = false
    /// `--disable-init-endpoints`: of `config` and `subscribe`, those that are not asked.
    package var disabledInitEndpoints: Set<String> = []
    /// `--dapr-graceful-shutdown-seconds`: how long handlers in flight are awaited.
    package var gracefulShutdown: Duration = .seconds(5)
    /// `--dapr-block-shutdown-duration`: how long the API still serves after deliveries have stopped; `nil` for not at all.
    package var blockShutdown: Duration?
    /// The Dapr version whose behaviour this sidecar has.
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

/// How the application's health is watched.
package struct AppHealthCheck: Equatable, Sendable {
    /// `--app-health-check-path`.
    package var path = "/healthz"
    /// `--app-health-probe-interval`.
    package var interval: Duration = .seconds(5)
    /// `--app-health-probe-timeout`.
    package var timeout: Duration = .milliseconds(500)
    /// `--app-health-threshold`: failures in a row that make the application unhealthy; at least 1.
    package var threshold = 3

    /// Creates health checks with daprd's defaults.
    package init() {}
}
