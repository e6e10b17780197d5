import HTTPServer
import Settings
import Sidecar
import SidecarHTTP
import Testing

@testable import DevSidecar

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
        #expect(SidecarService.Configuration(values, environment: [:]).addresses == [.tcp(host: "127.0.0.1", port: 0)])
        #expect(values[SidecarFlags.resourcesPath] == ["r"])
    }

    @Test func `without more than a name the defaults are daprd's, on this machine only`() throws {
        let configuration = SidecarService.Configuration(try values("--app-id", "x"), environment: ["NAMESPACE": ""])
        #expect(configuration.addresses == [.tcp(host: "127.0.0.1", port: 3_500)])
        #expect(configuration.bodyLimit == 4 << 20)
        #expect(configuration.readBuffer == 4 << 10)
        #expect(configuration.runtime.appPort == nil)
        #expect(configuration.runtime.gracefulShutdown == .seconds(5))
        #expect(configuration.runtime.blockShutdown == nil)
        #expect(configuration.runtime.appHealthCheck == nil)
        #expect(configuration.runtime.namespace == nil)
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

    @Test func `the application's environment is the sidecar's, with what dapr run adds`() throws {
        let values = try values("--app-id", "x", "--app-port", "8080", "-G", "4", "-M", "5")
        let variables = AppEnvironment.variables(
            values,
            sidecarPort: 3_502,
            environment: ["A": "b", "DAPR_HTTP_PORT": "old"]
        )
        #expect(
            variables == [
                "A": "b", "APP_ID": "x", "APP_PORT": "8080", "APP_PROTOCOL": "http", "APP_CHANNEL_ADDRESS": "127.0.0.1",
                "DAPR_HTTP_PORT": "3502", "DAPR_GRPC_PORT": "4", "DAPR_METRICS_PORT": "5",
            ]
        )
    }

    @Test func `help says of each flag what it does, or that it does nothing`() throws {
        guard
            case .show(let help) = try SidecarCommand.table.parse(
                arguments: ["run", "--help"],
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
