import Synchronization

/// Ending abruptly, as a killed process does.
extension SidecarRuntime {
    /// Ends at once: deliveries in progress and waiting messages are lost, and stores keep what they have committed.
    ///
    /// Calls of the API in progress continue against closed components; their answers must not be used.
    package func kill() async {
        let (life, served, components) = state.withLock { state in
            state.phase = .stopped
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
