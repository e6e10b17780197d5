import Synchronization

/// Ending without order, as a process that is killed does.
extension SidecarRuntime {
    /// Ends at once: what is being delivered or waits for it is lost, and stores keep what they had committed.
    ///
    /// Calls of the API that are under way go on against what is closed; their answers must not be used.
    package func kill() async {
        let (life, served, components) = state.withLock { state in
            state.isStopping = true
            state.isReady = false
            state.isOutboundReady = false
            defer { state.components = OpenComponents() }
            return (state.life, state.served, state.components)
        }
        life?.cancel()
        jobs.close()
        for subscription in served {
            subscription.close()
            subscription.run.cancel()
        }
        await jobs.end()
        await components.close()
    }
}
