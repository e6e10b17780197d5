import Synchronization

/// Ending without order, as a process that is killed does.
extension SidecarRuntime {
    /// Ends at once: what is being delivered or waits for it is lost, and stores keep what they had committed.
    ///
    /// Calls of the API that are under way go on against what is closed; their answers must not be used.
    package func kill() async {
        let (life, queues, consumers, components) = state.withLock { state in
            state.isStopping = true
            state.isReady = false
            state.isOutboundReady = false
            defer { state.components = OpenComponents() }
            return (state.life, state.queues, state.consumers, state.components)
        }
        life?.cancel()
        jobs.close()
        for queue in queues { queue.close() }
        for consumer in consumers { consumer.cancel() }
        await jobs.end()
        await components.close()
    }
}
