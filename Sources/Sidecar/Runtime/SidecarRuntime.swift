/// One sidecar: every building block's behaviour, without a socket and without a database of its own.
///
/// The order of a life is ``start()``, ``run()`` for as long as it lasts, ``stop()``. The operations may be called
/// from any task after ``start()``.
package final class SidecarRuntime: Sendable {
    package let configuration: RuntimeConfiguration

    /// Creates a sidecar that has not started.
    package init(
        configuration: RuntimeConfiguration,
        resources: LoadedResources,
        stateStoreTypes: [StateStoreType] = [],
        appChannel: (any AppChannel)? = nil,
        surroundings: Surroundings = Surroundings(),
        files: any ResourceFiles = LocalFiles(),
        onShutdownRequest: @escaping @Sendable (_ isForced: Bool) -> Void = { _ in },
        observer: @escaping @Sendable (RuntimeEvent) -> Void = { _ in }
    ) {
        self.configuration = configuration
    }

    /// Opens the components: secret stores first. Afterwards state, publish and secrets work (`healthz/outbound`), also without an application.
    package func start() async throws(ComponentError) {}

    /// Waits for the application, asks it for its subscriptions and delivers messages; returns after ``stop()`` or when cancelled.
    package func run() async {}

    /// Ends deliveries, waits for those in flight up to the graceful limit, closes the components; `false` when the time was not enough.
    package func stop() async -> Bool { true }

    /// Whether an API call may pass: no token is set, or the `dapr-api-token` header carries it.
    package func accepts(token: String?) -> Bool { true }

    /// `GET /v1.0/state/{store}/{key}`; `nil` is 204.
    package func getState(_ store: String, _ key: String, metadata: RequestMetadata) async throws(APIError) -> StateAnswer? { nil }
    /// `POST /v1.0/state/{store}`; 204.
    package func saveState(_ store: String, body: [UInt8], metadata: RequestMetadata) async throws(APIError) {}
    /// `DELETE /v1.0/state/{store}/{key}`; 204.
    package func deleteState(_ store: String, _ key: String, options: DeleteOptions, metadata: RequestMetadata) async throws(APIError) {}
    /// `POST /v1.0/state/{store}/bulk`; the JSON array of the answer, empty bytes when a stored value is no JSON.
    package func bulkGetState(_ store: String, body: [UInt8], metadata: RequestMetadata) async throws(APIError) -> [UInt8] { [] }
    /// `POST /v1.0/state/{store}/transaction`; 204.
    package func transactState(_ store: String, body: [UInt8], metadata: RequestMetadata) async throws(APIError) {}
    /// `POST /v1.0-alpha1/state/{store}/query`; always refused: no store here has queries.
    package func queryState(_ store: String) throws(APIError) {}

    /// `POST /v1.0/publish/{pubsub}/{topic}`; 204.
    package func publish(_ pubsub: String, _ topic: String, body: [UInt8], contentType: String?, metadata: RequestMetadata, trace: CallTrace) async throws(APIError) {}
    /// `POST /v1.0/publish/bulk/{pubsub}/{topic}`; 204.
    package func publishBulk(_ pubsub: String, _ topic: String, body: [UInt8], metadata: RequestMetadata, trace: CallTrace) async throws(APIError) {}

    /// `GET /v1.0/secrets/{store}/{name}`; the JSON object of the answer, `nil` is 204.
    package func secret(_ store: String, _ name: String) async throws(APIError) -> [UInt8]? { nil }
    /// `GET /v1.0/secrets/{store}/bulk`; the JSON object of the answer.
    package func bulkSecrets(_ store: String) async throws(APIError) -> [UInt8] { [] }

    /// Service invocation; `appID` may be `app.namespace`. `request.target` is the path behind `/method` (or the plain path with `dapr-app-id`), with its query.
    package func invoke(_ appID: String, _ request: AppRequest) async throws(APIError) -> AppResponse { AppResponse(status: 404) }

    /// `GET /v1.0/metadata`; the JSON document.
    package func metadataDocument() -> [UInt8] { [] }
    /// `PUT /v1.0/metadata/{key}`; 204.
    package func setMetadata(_ key: String, _ value: String) {}
    /// `GET /v1.0/healthz`; 204. `appID` is the query's `appid`.
    package func checkHealth(appID: String?) throws(APIError) {}
    /// `GET /v1.0/healthz/outbound`; 204.
    package func checkOutboundHealth() throws(APIError) {}
    /// `POST /v1.0/shutdown`; 204. `isForced` is the header `dapr-force-shutdown: true`.
    package func requestShutdown(isForced: Bool) {}
}
