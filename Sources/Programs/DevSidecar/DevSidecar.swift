import DaprEventLoop
import DaprLog
import DaprOperatingSystem
import DaprSidecar
import DaprSidecarHTTP
import DaprSidecarPostgres
import DaprSidecarSQLite
import Glibc
import Settings

/// A sidecar with Dapr's HTTP API for one machine.
@main
enum DevSidecar {
    static func main() async {
        ProcessMemory.keepFreed()
        ProcessDescriptors.raiseLimit()
        let environment = ProcessEnvironment.all()
        do throws(SettingsError) {
            let request = try SidecarCommand.table.parse(
                arguments: Array(CommandLine.arguments.dropFirst()),
                environment: environment,
                readFile: LocalFiles().bytes(of:)
            )
            switch request {
            case .show(let text): print(text, terminator: "")
            case .run(.run, let values): exit(await run(values, environment))
            }
        } catch {
            complain(error.description)
            exit(2)
        }
    }

    /// Runs the sidecar, with its application if there is one, to the end.
    ///
    /// - Returns: The exit code: the application's; without one 0, or 1 when something in flight had to be cut.
    private static func run(_ values: SettingValues, _ environment: [String: String]) async -> Int32 {
        let logger = Logger(
            level: values[SidecarFlags.logLevel].level,
            fields: values[SidecarFlags.logsAsJSON] ? DaprLogFields.all(appID: values[SidecarFlags.appID]) : [:],
            sink: StandardErrorSink()
        )
        if let conflict = SidecarFlags.conflict(in: values) {
            complain("dev-sidecar: \(conflict)")
            return 2
        }
        for flag in SidecarFlags.missing(in: values) {
            logger.warning("a flag asks for what this sidecar does not do", [.flag: .string(flag)])
        }
        var configuration = SidecarService.Configuration(values, environment: environment)
        configuration.onServerNotice = { logger.warning("a client of the API", [.reason: .string($0)]) }
        let graceful = configuration.runtime.gracefulShutdown
        let supervisor = Supervisor(patience: graceful, logger: logger)
        do {
            let loops = try EventLoopGroup()
            let resources = try ComponentLoader.load(
                folders: values[SidecarFlags.resourcesPath],
                configurationFile: values[SidecarFlags.configuration],
                ignoresBroken: values[SidecarFlags.ignoresBrokenResources]
            )
            let faults = try values[SidecarFlags.faults].map { file throws(FaultPlanError) in
                FaultInjector(try FaultPlan(file: file)) { logger.log($0) }
            }
            if resources.configuration.metricsEnabled == false { configuration.metricsAddress = nil }
            let service = try SidecarService(
                configuration,
                resources: resources,
                stateStoreTypes: [.inMemory, .sqlite, .postgresql],
                pubsubTypes: [.inMemory],
                secretStoreTypes: [.localFile, .localEnvironment],
                jobStoreType: .sqlite,
                on: loops,
                onShutdownRequest: { supervisor.note(.shutdownRequest(isForced: $0)) },
                observer: { logger.log($0) },
                faults: faults
            )
            try await service.start()
            if let port = service.metricsPort { logger.info("metrics are served", [.port: .int(port)]) }
            logger.info("the API is up", [.port: .int(service.port)])
            var app: ChildProcess?
            if !values.remaining.isEmpty {
                let variables = AppEnvironment.variables(
                    values,
                    sidecarPort: service.port,
                    metricsPort: service.metricsPort,
                    environment: environment
                )
                do {
                    app = try await ChildProcess.start(values.remaining, environment: variables)
                } catch {
                    complain("dev-sidecar: \(error)")
                    _ = await service.stop()
                    return 127
                }
            }
            let code = await supervisor.wait(for: app) { await service.announceStop() }
            cut(after: graceful + graceful + .seconds(2), code ?? 1)
            let isGraceful = await service.stop()
            return code ?? (isGraceful ? 0 : 1)
        } catch {
            complain("dev-sidecar: \(error)")
            return 1
        }
    }

    /// Ends the process however far its own end has come.
    private static func cut(after limit: Duration, _ code: Int32) {
        Task.detached {
            // Nothing cancels this task.
            try? await Task.sleep(for: limit)
            exit(code)
        }
    }

    /// Tells why the program does not do what was asked.
    private static func complain(_ text: String) { StandardErrorSink().write(Array("\(text)\n".utf8)) }
}
