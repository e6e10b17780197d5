package import Dapr
package import DaprLog

/// What must be known of the sidecar before the service listens.
///
/// Outbound health does not wait for the app's port, so waiting for it first cannot lock up with a sidecar that waits for us.
package struct SidecarStartup: Sendable {
    private let dapr: DaprClient
    private let endpoint: String
    private let logger: Logger
    private let limit: Duration
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Makes a start that waits for a sidecar.
    ///
    /// - Parameters:
    ///   - dapr: asks the sidecar.
    ///   - endpoint: where the sidecar is, for people.
    ///   - logger: gets the lines that say what is waited for.
    ///   - limit: how long to wait for it.
    ///   - sleep: waits that long, or throws when the task is cancelled.
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

    /// Waits until the sidecar's components work, with a log line each 2 s.
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

    /// The key that tokens are verified with.
    package func signingSecret(
        _ store: SecretStoreName,
        name: String,
        key: String
    ) async throws(StartupError) -> [UInt8] {
        let values = try await asking { () async throws(DaprError) in try await dapr.getSecret(name, in: store) }
        guard let secret = values?[key] else {
            throw .secretMissing(store: store.rawValue, name: name, key: key)
        }
        let bytes = Array(secret.utf8)
        guard bytes.count >= Self.leastSecretBytes else {
            throw .secretTooShort(name: name, bytes: bytes.count, atLeast: Self.leastSecretBytes)
        }
        return bytes
    }

    /// Refuses a state store on which the journal would not be safe; returns what the sidecar says of it otherwise.
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

    /// Whether the sidecar brings many events of a pub/sub component with one request without waiting until there are many.
    ///
    /// daprd fills the deliveries of any other component with one event each, and waits each time as long as it was told to wait for many.
    /// Its components are loaded before it asks for our subscriptions.
    package func deliversInBulk(_ pubsub: PubSubName) async throws(StartupError) -> Bool {
        let component = try await metadata().component(pubsub.rawValue)
        return !(component?.capabilities.isDisjoint(with: Self.bulkCapabilities) ?? true)
    }

    /// Whether a bulk read of state that could not read on says so: dev-sidecar's does, and of daprd none is known to (1.18.4 does not).
    package func bulkReadsReportErrors() async throws(StartupError) -> Bool {
        try await metadata().enabledFeatures.contains("DevSidecar")
    }

    /// The broker itself has deliveries of many; or what it has at the moment is delivered at once.
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
