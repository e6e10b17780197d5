import DaprHTTPServer
import DaprLog
import DaprSidecar
import DaprSidecarHTTP
import Settings
import Testing

@testable import dev_sidecar

struct SidecarFlagsTests {
    private func values(_ arguments: String...) throws -> SettingValues {
        let request = try SidecarCommand.table.parse(arguments: ["run"] + arguments, environment: [:]) { _ in nil }
        let values: SettingValues? = if case .run(.run, let values) = request { values } else { nil }
        return try #require(values)
    }

    @Test func `a whole line of daprd's is understood`() throws {
        let values = try values(
            "--app-id",
            "orders",
            "--app-port",
            "8080",
            "--app-protocol",
            "http",
            "--dapr-http-port",
            "3501",
            "--dapr-grpc-port",
            "50001",
            "--dapr-internal-grpc-port",
            "50002",
            "--metrics-port",
            "9091",
            "--resources-path",
            "a",
            "--resources-path",
            "b",
            "--config",
            "c.yaml",
            "--log-level",
            "warn",
            "--log-as-json",
            "--placement-host-address",
            "",
            "--scheduler-host-address",
            "",
            "--dapr-listen-addresses",
            "[::1],127.0.0.1",
            "--max-body-size",
            "8Mi",
            "--read-buffer-size",
            "16Ki",
            "--dapr-graceful-shutdown-seconds",
            "3",
            "--dapr-block-shutdown-duration",
            "2s",
            "--enable-metrics=false",
            "--enable-app-health-check",
            "--app-health-check-path",
            "/ok",
            "--app-health-probe-interval",
            "2",
            "--app-health-probe-timeout",
            "100",
            "--app-health-threshold",
            "1",
            "--disable-init-endpoints",
            "config,subscribe"
        )
        let configuration = SidecarService.Configuration(
            values,
            environment: ["DAPR_API_TOKEN": "in", "APP_API_TOKEN": "out", "NAMESPACE": "shop"]
        )
        #expect(configuration.addresses == [.tcp(host: "::1", port: 3_501), .tcp(host: "127.0.0.1", port: 3_501)])
        #expect(configuration.bodyLimit == 8 << 20)
        #expect(configuration.readBuffer == 16 << 10)
        let runtime = configuration.runtime
        #expect(configuration.metricsAddress == nil)
        #expect(runtime.appID == "orders")
        #expect(runtime.appPort == 8_080)
        #expect(runtime.apiToken == "in")
        #expect(runtime.appAPIToken == "out")
        #expect(runtime.namespace == "shop")
        #expect(runtime.gracefulShutdown == .seconds(3))
        #expect(runtime.blockShutdown == .seconds(2))
        #expect(runtime.disabledInitEndpoints == ["config", "subscribe"])
        #expect(runtime.appHealthCheck?.path == "/ok")
        #expect(runtime.appHealthCheck?.interval == .seconds(2))
        #expect(runtime.appHealthCheck?.timeout == .milliseconds(100))
        #expect(runtime.appHealthCheck?.threshold == 1)
        #expect(values[SidecarFlags.resourcesPath] == ["a", "b"])
        #expect(values[SidecarFlags.configuration] == "c.yaml")
        #expect(values[SidecarFlags.logLevel] == .warn)
    }

    @Test func `the short names of dapr run are understood, and what stands behind the dashes is the command`() throws {
        let values = try values(
            "-a",
            "x",
            "-p",
            "1",
            "-H",
            "-1",
            "-G",
            "2",
            "-M",
            "3",
            "-d",
            "r",
            "-c",
            "f",
            "--",
            "app",
            "--flag"
        )
        #expect(values.remaining == ["app", "--flag"])
        let configuration = SidecarService.Configuration(values, environment: [:], files: System(hasIPv6: false))
        #expect(configuration.addresses == [.tcp(host: "127.0.0.1", port: 0)])
        #expect(values[SidecarFlags.resourcesPath] == ["r"])
    }

    @Test func `without more than a name the defaults are daprd's, on this machine only`() throws {
        let configuration = SidecarService.Configuration(
            try values("--app-id", "x"),
            environment: ["NAMESPACE": ""],
            files: System(hasIPv6: true)
        )
        #expect(configuration.addresses == [.tcp(host: "127.0.0.1", port: 3_500), .tcp(host: "::1", port: 3_500)])
        #expect(configuration.allowedOrigins.isEmpty && !configuration.allowsEveryOrigin)
        #expect(configuration.bodyLimit == 4 << 20)
        #expect(configuration.readBuffer == 4 << 10)
        #expect(configuration.metricsAddress == .tcp(host: "127.0.0.1", port: 9_090))
        #expect(configuration.takesAnyMetricsPort && configuration.appConcurrency == nil)
        #expect(configuration.runtime.appPort == nil)
        #expect(configuration.runtime.gracefulShutdown == .seconds(5))
        #expect(configuration.runtime.blockShutdown == nil)
        #expect(configuration.runtime.appHealthCheck == nil)
        #expect(configuration.runtime.namespace == nil)
    }

    @Test(arguments: [
        ("localhost", true, ["127.0.0.1", "::1"]), ("localhost", false, ["127.0.0.1"]),
        ("LOCALHOST,127.0.0.1", true, ["127.0.0.1", "::1"]), ("127.0.0.1", true, ["127.0.0.1"]),
        ("[::1],localhost", true, ["::1", "127.0.0.1"]), ("0.0.0.0", true, ["0.0.0.0"]),
    ])
    func `localhost stands for the addresses that the system has`(
        text: String,
        hasIPv6: Bool,
        hosts: [String]
    ) throws {
        let values = try values(
            "--app-id",
            "x",
            "--dapr-listen-addresses",
            text,
            "--metrics-listen-address",
            "localhost"
        )
        let configuration = SidecarService.Configuration(values, environment: [:], files: System(hasIPv6: hasIPv6))
        #expect(configuration.addresses == hosts.map { .tcp(host: $0, port: 3_500) })
        #expect(configuration.metricsAddress == .tcp(host: "127.0.0.1", port: 9_090))
    }

    @Test func `origins are let in by either name of the flag, and one that is none is refused`() throws {
        let values = try values("--app-id", "x", "--allow-origin", "http://localhost:5173,https://A.example")
        let configuration = SidecarService.Configuration(values, environment: [:])
        #expect(
            configuration.allowedOrigins.map(\.description).sorted() == ["http://localhost:5173", "https://a.example"]
        )
        #expect(!configuration.allowsEveryOrigin && SidecarFlags.conflict(in: values) == nil)
        let every = try self.values("--app-id", "x", "--allowed-origins", "*")
        #expect(SidecarService.Configuration(every, environment: [:]).allowsEveryOrigin)
        for text in ["https://a/", "null", "localhost:5173", "*.example"] {
            let wrong = try self.values("--app-id", "x", "--allow-origin", text)
            #expect(SidecarFlags.conflict(in: wrong)?.contains("--allow-origin") == true, "\(text)")
        }
    }

    @Test func `a socket takes the place of the port`() throws {
        let values = try values("--app-id", "x", "--unix-domain-socket", "/run/dapr")
        #expect(
            SidecarService.Configuration(values, environment: [:]).addresses == [
                .unix(path: "/run/dapr/dapr-x-http.socket")
            ]
        )
    }

    @Test(arguments: [
        ["--app-id", "x", "--app-protocol", "grpc"], ["--app-id", "x", "--app-port", "0"], ["--app-id", "x", "--nope"],
        [],
        ["--app-id", ""], ["--app-id", "x", "--max-body-size", "0"], ["--app-id", "x", "stray"],
    ])
    func `what is not understood is refused`(arguments: [String]) {
        #expect(throws: SettingsError.self) {
            try SidecarCommand.table.parse(arguments: ["run"] + arguments, environment: [:]) { _ in nil }
        }
    }

    @Test func `older names of daprd's flags count, and what is missing here is named`() throws {
        let old = try values("--app-id", "x", "--dapr-http-max-request-size", "16", "--dapr-http-read-buffer-size", "8")
        let configuration = SidecarService.Configuration(old, environment: [:])
        #expect(configuration.bodyLimit == 16 << 20 && configuration.readBuffer == 8 << 10)
        #expect(SidecarFlags.missing(in: old) == [])
        let missing = try values(
            "--app-id",
            "x",
            "--app-ssl",
            "--enable-profiling=false",
            "--app-max-concurrency",
            "3",
            "--metrics-port",
            "7"
        )
        #expect(SidecarFlags.missing(in: missing) == ["app-ssl"])
        let other = SidecarService.Configuration(missing, environment: [:])
        #expect(other.appConcurrency == 3 && !other.takesAnyMetricsPort)
        #expect(other.metricsAddress == .tcp(host: "127.0.0.1", port: 7))
    }

    @Test(
        arguments: [
            "mode", "dapr-http-port", "dapr-listen-addresses", "dapr-public-port", "dapr-public-listen-address",
            "dapr-grpc-port", "dapr-internal-grpc-port", "dapr-internal-grpc-listen-address", "app-port",
            "profile-port",
            "app-protocol", "components-path", "resources-path", "config", "app-id", "control-plane-address",
            "sentry-address", "control-plane-trust-domain", "control-plane-namespace", "sentry-request-jwt-audiences",
            "allowed-origins", "enable-profiling", "app-max-concurrency", "enable-mtls", "app-ssl",
            "dapr-http-max-request-size", "max-body-size", "dapr-http-read-buffer-size", "read-buffer-size",
            "unix-domain-socket", "dapr-graceful-shutdown-seconds", "dapr-block-shutdown-duration",
            "enable-api-logging",
            "disable-builtin-k8s-secret-store", "enable-app-health-check", "app-health-check-path",
            "app-health-probe-interval", "app-health-probe-timeout", "app-health-threshold", "app-channel-address",
            "disable-init-endpoints", "placement-host-address", "scheduler-host-address", "scheduler-job-streams",
            "actors-disseminate-timeout", "hot-reload-reconcile-interval", "app-binding-options-timeout",
            "reminders-service", "actors-service", "log-level", "log-as-json", "metrics-port", "metrics-listen-address",
            "enable-metrics",
        ]
    )
    func `every flag of daprd that makes sense in a line is known`(flag: String) throws {
        let request = try SidecarCommand.table.parse(arguments: ["run", "--help", "all"], environment: [:]) { _ in nil }
        let help = if case .show(let text) = request { text } else { "" }
        #expect(help.contains("--\(flag)"))
    }

    @Test func `a health probe that may take longer than the time between two is refused`() throws {
        let flags = ["--app-id", "x", "--app-health-probe-interval", "1", "--app-health-probe-timeout", "1001"]
        let request = try SidecarCommand.table.parse(
            arguments: ["run", "--enable-app-health-check"] + flags,
            environment: [:]
        ) { _ in nil }
        guard case .run(.run, let values) = request else {
            Issue.record("not a run")
            return
        }
        #expect(SidecarFlags.conflict(in: values)?.contains("--app-health-probe-timeout") == true)
        #expect(
            SidecarFlags.conflict(in: try self.values("--app-id", "x", "--app-health-probe-timeout", "9999")) == nil
        )
    }

    @Test func `the log's fields with log-as-json are daprd's`() {
        let fields = DaprLogFields.all(appID: "orders")
        #expect(Array(fields).map(\.key.name) == ["app_id", "instance", "scope", "type", "ver"])
        #expect(fields["app_id"] == "orders" && fields["type"] == "log" && fields["ver"] == "1.18.3")
        #expect(fields["instance"] != "")
    }

    @Test func `secrets of the environment are the sidecar's, with what daprd adds to its own`() throws {
        let values = try values("--app-id", "x", "--app-port", "8080", "-G", "4")
        let environment = ["A": "b", "APP_PORT": "old", "DAPR_HTTP_PORT": "3500"]
        let runtime = SidecarService.Configuration(values, environment: environment).runtime
        #expect(runtime.environment == ["A": "b", "APP_ID": "x", "APP_PORT": "8080", "DAPR_HTTP_PORT": "3500"])
    }

    @Test func `the application's environment is the sidecar's, with what dapr run adds, but no gRPC port`() throws {
        let values = try values("--app-id", "x", "--app-port", "8080", "-G", "4", "-M", "5")
        let variables = AppEnvironment.variables(
            values,
            sidecarPort: 3_502,
            metricsPort: 5,
            environment: ["A": "b", "DAPR_HTTP_PORT": "old", "DAPR_GRPC_PORT": "50001"]
        )
        #expect(
            variables == [
                "A": "b", "APP_ID": "x", "APP_PORT": "8080", "APP_PROTOCOL": "http", "APP_CHANNEL_ADDRESS": "127.0.0.1",
                "DAPR_HTTP_PORT": "3502", "DAPR_METRICS_PORT": "5",
            ]
        )
    }

    @Test func `help says of each flag what it does, or that it does nothing`() throws {
        guard
            case .show(let help) = try SidecarCommand.table.parse(
                arguments: ["run", "--help", "all"],
                environment: [:],
                readFile: { _ in nil }
            )
        else {
            Issue.record("no help")
            return
        }
        for flag in [
            "--app-id", "--resources-path", "--components-path", "--placement-host-address", "--dapr-http-port",
        ] {
            #expect(help.contains(flag))
        }
        #expect(help.contains("makes no difference here"))
    }
}

/// The files of a system with or without IPv6.
private struct System: ResourceFiles {
    var hasIPv6: Bool

    func names(in folder: String) -> [String]? { nil }

    func bytes(of path: String) -> [UInt8]? {
        guard hasIPv6, path == "/proc/net/if_inet6" else { return nil }
        return Array(
            """
            fe8000000000000000fc00fffe000001 04 40 20 80     eth0
            00000000000000000000000000000001 01 80 10 80       lo

            """.utf8
        )
    }
}
