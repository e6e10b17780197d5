import DaprLog
import DaprOperatingSystem
import Glibc
import Settings
import TaskAPI

/// `task-server serve`, and the commands that work beside a server.
@main
enum TaskServerProgram {
    static func main() async {
        ProcessMemory.keepFreed()
        do {
            let request = try ServerSettings.table.parse(
                arguments: Array(CommandLine.arguments.dropFirst()),
                environment: ProcessEnvironment.all(),
                readFile: { SmallFile.bytes(of: $0) }
            )
            switch request {
            case .show(let text): print(text, terminator: text.hasSuffix("\n") ? "" : "\n")
            case .run(.routes, let values): print(try await RoutesCommand.text(values))
            case .run(.config, let values): exit(config(values))
            case .run(.token, let values): print(try TokenCommand.token(values))
            case .run(.serve, let values): exit(try await serve(values))
            case .run(.deadLetterList, let values): try await DeadLetterCommand(values).list()
            case .run(.deadLetterShow, let values): try await DeadLetterCommand(values).show()
            case .run(.deadLetterRedrive, let values): exit(try await DeadLetterCommand(values).redrive())
            case .run(.deadLetterRemove, let values): try await DeadLetterCommand(values).remove()
            case .run(.verify, let values): exit(try await VerifyCommand(values).run())
            case .run(.outbox, let values): try await OutboxCommand(values).show()
            case .run(.outboxRedrive, let values): try await OutboxCommand(values).redrive()
            case .run(.eventsReplay, let values): try await EventsCommand(values).replay()
            case .run(.export, let values): try await TransferCommand(values).export()
            case .run(.importing, let values): try await TransferCommand(values).importBook()
            case .run(.migrate, let values): exit(try await MigrateCommand(values).run())
            }
        } catch let error as SettingsError {
            complain(error.description)
            exit(2)
        } catch let error as ConfigurationErrors {
            complain(error.description)
            exit(2)
        } catch {
            complain("task-server: \(error)")
            exit(1)
        }
    }

    /// Shows the settings, also those that do not go together.
    ///
    /// - Returns: The exit code: 2 when the server would not take them.
    private static func config(_ values: SettingValues) -> Int32 {
        print(ConfigCommand.text(values))
        do {
            _ = try ServerConfiguration(values)
            return 0
        } catch {
            complain("\(error)")
            return 2
        }
    }

    /// Serves until a signal.
    ///
    /// - Returns: The exit code: 0 after a signal, 1 when the server could not start.
    private static func serve(_ values: SettingValues) async throws -> Int32 {
        let logger = Logger(level: values[ServerSettings.logLevel], sink: StandardErrorSink())
        let assembly = try buildServer(configuration: ServerConfiguration(values), logger: logger)
        // A signal also ends a start that waits for its sidecar.
        let start = Task { try await assembly.start() }
        let stopping = Task {
            let signal = await ProcessSignals.wait(for: EndSignals.all)
            start.cancel()
            EndSignals.endAtOnce(onAnotherThan: signal, logger)
            return signal
        }
        let server: ListeningServer
        do {
            server = try await start.value
        } catch StartupError.cancelled {
            return 0
        } catch {
            logger.error("cannot start", [.reason: .string("\(error)")])
            await assembly.shutDown()
            return 1
        }
        let signal = await stopping.value
        logger.info("stopping", [.signal: .int(Int(signal))])
        EndSignals.end(within: assembly.configuration.endLimit, logger)
        await server.stop()
        logger.info("stopped")
        return 0
    }

    /// Tells why the program does not do what was asked.
    private static func complain(_ text: String) { StandardErrorSink().write(Array("\(text)\n".utf8)) }
}
