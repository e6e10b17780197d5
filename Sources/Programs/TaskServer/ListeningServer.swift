import DaprHTTPServer
import TasksDapr

/// The server while it listens.
struct ListeningServer: Sendable {
    let assembly: ServerAssembly
    let servers: [HTTPServer]
    let service: JournalTaskService
    let relay: Task<Void, Never>
    /// Exports spans; `nil` when none are.
    let exporting: Task<Void, Never>?

    /// Stops gracefully: stops accepting, lets what is in flight finish and what is committed be published, then ends the loops.
    func stop() async {
        // First of all: what ends us may have ended the sidecar at the same moment.
        await service.prepareToEnd()
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
