import DaprHTTPServer
import DaprLog
import TaskAPI
import Tasks
import TasksDapr

/// The server while it listens.
struct ListeningServer: Sendable {
    let assembly: ServerAssembly
    let servers: [HTTPServer]
    let service: JournalTaskService
    let readiness: ReadinessMonitor
    let relay: Task<Void, Never>
    /// Exports spans; `nil` when none are.
    let exporting: Task<Void, Never>?

    /// Stops gracefully: `/ready` says so first, and requests are taken for as long as the settings say; then no more are accepted, streams are
    /// told, what is in flight finishes, what is committed is published, and the loops end.
    func stop() async {
        readiness.stop()
        // At once: what ends us may have ended the sidecar at the same moment.
        await service.prepareToEnd()
        // Nothing cancels this task.
        try? await Task.sleep(for: assembly.configuration.stopDelay)
        // Who reads a stream or waits for a change comes back elsewhere: here it would never end.
        service.live.end()
        let limit = assembly.configuration.drainTime
        await withTaskGroup { group in
            for server in servers { group.addTask { await server.drain(within: limit) } }
        }
        relay.cancel()
        await relay.value
        // Last, since what ends has spans too; it takes two seconds at most.
        exporting?.cancel()
        await exporting?.value
        await assembly.shutDown()
    }
}
