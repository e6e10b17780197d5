package import Dapr
package import DaprLog
package import Tokens

/// Waits for the sidecar and checks it before the service listens.
///
/// Outbound health does not depend on the app's port. So waiting for it cannot deadlock with a sidecar that waits for
/// us.
package struct SidecarStartup: Sendable {
    private let dapr: DaprClient
    private let endpoint: String
    private let logger: Logger
    private let limit: Duration
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Creates a startup check for the sidecar that `dapr` talks to.
    ///
    /// - Parameters:
    ///   - dapr: The client for the sidecar.
    ///   - endpoint: The sidecar's address, as shown to people.
    ///   - logger: Gets a line now and then while the sidecar is not ready.
    ///   - limit: How long to wait for the sidecar.
    ///   - sleep: Waits for a duration, or throws when the task is cancelled.
    package init(
        dapr: DaprClient,
        endpoint: String,
        logger: Logger,
        limit: Duration = .seconds(60),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.dapr = dapr.with(timeout: .seconds(2))
        self.endpoint = endpoint
        self.logger = logger
        self.limit = limit
        self.sleep = sleep
    }

    /// Waits until the sidecar's components work, and logs a line every 2 s.
    package func waitForSidecar() async throws(StartupError) {
        let pause = Duration.milliseconds(200)
        var waited = Duration.zero
        var nextLine = Duration.seconds(2)
        while true {
            let began = ContinuousClock.now
            let reason: String
            do throws(DaprError) {
                if try await dapr.isOutboundHealthy() { return }
                reason = "its components are not ready"
            } catch {
                if error.kind == .cancelled { throw .cancelled }
                reason = "\(error)"
            }
            do { try await sleep(pause) } catch { throw .cancelled }
            waited += max(pause, ContinuousClock.now - began)
            guard waited < limit else { throw .sidecarAbsent(endpoint: endpoint, after: limit) }
            if waited >= nextLine {
                nextLine = waited + .seconds(2)
                logger.info(
                    "waiting for the sidecar",
                    [
                        .endpoint: .string(endpoint), .reason: .string(reason),
                        .waitedSeconds: .int(Int(clamping: waited.components.seconds)),
                        .limitSeconds: .int(Int(clamping: limit.components.seconds)),
                    ]
                )
            }
        }
    }

    /// Fetches the key that verifies tokens.
    package func signingSecret(_ place: SecretPlace) async throws(StartupError) -> [UInt8] {
        let bytes = Array(try await secret(place).utf8)
        guard bytes.count >= Self.leastSecretBytes else {
            throw .secretTooShort(name: place.name, bytes: bytes.count, atLeast: Self.leastSecretBytes)
        }
        return bytes
    }

    /// Fetches the secret from which the keys are derived that sign what clients bring back.
    package func serverSecret(_ place: SecretPlace) async throws(StartupError) -> ServerSecret {
        let text = try await secret(place)
        do throws(ServerSecretError) {
            return try ServerSecret(parsing: text)
        } catch {
            throw .serverSecret(name: place.name, error)
        }
    }

    private func secret(_ place: SecretPlace) async throws(StartupError) -> String {
        let values = try await asking { () async throws(DaprError) in
            try await dapr.getSecret(place.name, in: place.store)
        }
        guard let secret = values?[place.key] else { throw .secretMissing(place) }
        return secret
    }

    /// Checks that the journal is safe on a state store.
    ///
    /// - Returns: The sidecar's description of the store.
    /// - Throws: A ``StartupError`` when the store is missing or cannot do what the journal needs.
    @discardableResult
    package func checkStateStore(_ store: StateStoreName) async throws(StartupError) -> SidecarMetadata.Component {
        let metadata = try await metadata()
        guard let component = metadata.component(store.rawValue) else {
            throw .stateStoreMissing(name: store.rawValue, known: metadata.components.map(\.name).sorted())
        }
        if component.type == "state.redis" {
            throw .stateStoreWithoutRollback(name: component.name, type: component.type)
        }
        let missing = ["ETAG", "TRANSACTIONAL"].filter { !component.capabilities.contains($0) }
        guard missing.isEmpty else {
            throw .stateStoreIncapable(name: component.name, type: component.type, missing: missing)
        }
        return component
    }

    /// Whether the sidecar can deliver several events of a pub/sub component at once without waiting for more.
    ///
    /// With any other component daprd puts a single event into each bulk delivery, and still waits for the full time
    /// that it was told to wait for more. daprd loads its components before it asks for our subscriptions, so the
    /// answer is known in time.
    package func deliversInBulk(_ pubsub: PubSubName) async throws(StartupError) -> Bool {
        let component = try await metadata().component(pubsub.rawValue)
        return !(component?.capabilities.isDisjoint(with: Self.bulkCapabilities) ?? true)
    }

    /// Whether a bulk read of state reports a read error: dev-sidecar does, no known daprd does (1.18.4 does not).
    package func bulkReadsReportErrors() async throws(StartupError) -> Bool {
        try await metadata().enabledFeatures.contains("DevSidecar")
    }

    /// Either the broker itself delivers in bulk, or the component delivers at once whatever it has.
    private static let bulkCapabilities = ["BULK_PUBSUB", "BULK_SUBSCRIBE_IMMEDIATE"]
    private static let leastSecretBytes = 32

    private func metadata() async throws(StartupError) -> SidecarMetadata {
        try await asking { () async throws(DaprError) in try await dapr.getMetadata() }
    }

    private func asking<Answer>(
        _ question: () async throws(DaprError) -> Answer
    ) async throws(StartupError) -> Answer {
        do throws(DaprError) {
            return try await question()
        } catch {
            throw error.kind == .cancelled ? .cancelled : .sidecar(error)
        }
    }
}
