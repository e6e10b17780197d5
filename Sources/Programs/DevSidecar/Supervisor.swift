import DaprLog
import DaprOperatingSystem
import Glibc

/// Watches over the application and the sidecar's own end: what comes first decides how both end.
struct Supervisor {
    /// What the supervisor reacts to.
    enum Occasion: Sendable {
        /// SIGINT or SIGTERM.
        case signal(Int32)
        /// The API's shutdown call.
        case shutdownRequest(isForced: Bool)
        /// The application has ended.
        case appEnded(ChildProcess.End)
        /// The end was announced: without an application it can come.
        case announced
        /// The application was asked to end and took too long.
        case outOfPatience
    }

    private let occasions: AsyncStream<Occasion>
    private let source: AsyncStream<Occasion>.Continuation
    private let logger: Logger
    /// How long the application may take to end.
    private let patience: Duration
    private let watch: Task<Void, Never>

    /// Creates a supervisor; from here on SIGINT and SIGTERM no longer end the process by themselves.
    init(patience: Duration, logger: Logger) {
        (occasions, source) = AsyncStream.makeStream()
        self.logger = logger
        self.patience = patience
        let source = source
        // Immediate, so that a signal that comes during the start is not missed. Cancelled when `wait` returns.
        watch = Task.immediate {
            while true {
                let signal = await ProcessSignals.wait(for: [SIGINT, SIGTERM])
                guard signal != 0 else { return }
                source.yield(.signal(signal))
            }
        }
    }

    /// Takes what happened elsewhere.
    func note(_ occasion: Occasion) { source.yield(occasion) }

    /// Waits until the application has ended, or without one until the sidecar is asked to.
    ///
    /// A signal or the shutdown call is announced, and then passed on to the application as SIGTERM while the API still serves, so that
    /// its last calls succeed; a second one, or the end of patience, kills it. It gets no Ctrl-C of its own: it is in a process group
    /// of its own.
    ///
    /// - Parameters:
    ///   - app: The application, if there is one.
    ///   - announce: Ends deliveries.
    /// - Returns: The exit code; `nil` when there was no application.
    func wait(for app: ChildProcess?, announce: @escaping @Sendable () async -> Void) async -> Int32? {
        let source = source
        let appWatch = Task { if let app { source.yield(.appEnded(await app.end())) } }
        var clock: Task<Void, Never>?
        defer {
            watch.cancel()
            appWatch.cancel()
            clock?.cancel()
        }
        for await occasion in occasions {
            switch occasion {
            case .appEnded(let end):
                logger.info("the app has ended", [.code: .int(Int(end.code))])
                return end.code
            case .shutdownRequest(isForced: true):
                app?.send(SIGKILL)
                return 1
            case .announced: return nil
            case .outOfPatience:
                logger.warning("the app did not end in time: killing it")
                app?.send(SIGKILL)
            case .signal, .shutdownRequest:
                if clock != nil {
                    guard let app else { return nil }
                    logger.warning("asked again: killing the app")
                    app.send(SIGKILL)
                    continue
                }
                logger.info("ending")
                let patience = patience
                clock = Task {
                    await announce()
                    guard let app else {
                        source.yield(.announced)
                        return
                    }
                    app.send(SIGTERM)
                    // A cancelled sleep means that the application has ended.
                    if (try? await Task.sleep(for: patience)) != nil { source.yield(.outOfPatience) }
                }
            }
        }
        return nil
    }
}

extension LogKey {
    fileprivate static let code: LogKey = "code"
}
