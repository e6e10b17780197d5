import DaprJSON
import DaprSidecar
import Synchronization
import TestTools
import Testing

/// Files that a test writes down.
struct FixedFiles: ResourceFiles {
    var texts: [String: String] = [:]

    func names(in folder: String) -> [String]? {
        let names = texts.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
            .sorted()
        return folder == "none" ? nil : names
    }

    func bytes(of path: String) -> [UInt8]? { texts[path].map { Array($0.utf8) } }
}

/// The application beside a sidecar: scripted answers, and a log of what was delivered.
final class StubApp: AppChannel {
    private struct State {
        var isListening: Bool
        var subscriptions: String?
        var answers: [String: [AppResponse]]
        var health = [200]
        var requests: [AppRequest] = []
    }

    private let state: Mutex<State>
    private let gate = Gate(isOpen: true)

    init(subscriptions: String? = nil, answers: [String: [AppResponse]] = [:], isListening: Bool = true) {
        state = Mutex(State(isListening: isListening, subscriptions: subscriptions, answers: answers))
    }

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        let path = String(request.target.prefix { $0 != "?" })
        let (answer, isHandler): (AppResponse?, Bool) = state.withLock { state in
            guard state.isListening else { return (nil, false) }
            state.requests.append(request)
            switch path {
            case "/dapr/config": return (AppResponse(status: 404), false)
            case "/dapr/subscribe":
                return (
                    state.subscriptions.map { AppResponse(status: 200, body: Array($0.utf8)) }
                        ?? AppResponse(status: 404), false
                )
            case "/healthz":
                return (
                    AppResponse(status: state.health.count > 1 ? state.health.removeFirst() : state.health[0]), false
                )
            default:
                guard var script = state.answers[path] else { return (AppResponse(status: 404), true) }
                let answer = script.count > 1 ? script.removeFirst() : script[0]
                state.answers[path] = script
                return (answer, true)
            }
        }
        guard let answer else { throw .unreachable("connection refused") }
        if isHandler { await gate.pass() }
        if Task.isCancelled { throw .cancelled }
        if answer.status == 0 { throw .timedOut }
        return answer
    }

    func listen() { state.withLock { $0.isListening = true } }
    func setAnswers(_ path: String, _ answers: [AppResponse]) { state.withLock { $0.answers[path] = answers } }
    func setHealth(_ statuses: [Int]) { state.withLock { $0.health = statuses } }

    /// Lets handlers wait until ``release()``.
    func hold() { gate.close() }

    func release() { gate.open() }

    /// Everything that was sent, start-up questions included.
    var requests: [AppRequest] { state.withLock { $0.requests } }

    /// What was delivered or invoked.
    var deliveries: [AppRequest] {
        requests.filter { !["/dapr/config", "/dapr/subscribe", "/healthz"].contains($0.target) }
    }

    /// The deliveries once there are so many, or those there are when the time is up.
    func deliveries(atLeast count: Int, within: Duration = .seconds(10)) async -> [AppRequest] {
        let deadline = ContinuousClock.now + within
        while deliveries.count < count && ContinuousClock.now < deadline { await Task.yield() }
        return deliveries
    }
}

extension AppResponse {
    static func text(_ status: Int, _ body: String = "") -> AppResponse {
        AppResponse(status: status, body: Array(body.utf8))
    }
}

extension AppRequest {
    var path: String { target }
    var json: JSONValue? { try? JSONValue(parsing: body) }
    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
}

/// Components of a test by name: the file's text without the lines that are always the same.
func component(_ name: String, _ type: String, _ metadata: [(String, String)] = [], more: String = "") -> String {
    let items = metadata.map { "  - name: \($0.0)\n    value: '\($0.1)'\n" }.joined()
    return "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: \(name)\nspec:\n  type: \(type)\n"
        + (items.isEmpty ? "" : "  metadata:\n\(items)") + more
}

/// Surroundings whose times, identifiers and chance are fixed, and whose waits are short.
struct Fixed {
    static let time = WallTime(seconds: 1_767_323_045)
    static let id = "6f9619ff-8b86-4d11-b42d-00c04fc964ff"

    static func surroundings(clock: @escaping @Sendable () -> WallTime = { time }) -> Surroundings {
        Surroundings(
            now: clock,
            newUUID: { id },
            random: { 0.5 },
            sleep: { duration throws(CancellationError) in
                try await Surroundings.wait(min(duration, .milliseconds(20)))
            }
        )
    }
}

/// Runs a sidecar with these files until the body returns.
func withSidecar(
    _ files: [String: String],
    config: String? = nil,
    app: StubApp? = nil,
    surroundings: Surroundings = Surroundings(),
    configuration given: RuntimeConfiguration = RuntimeConfiguration(appID: "contract"),
    events: Events = Events(),
    pubsubTypes: [PubSubType] = [.inMemory],
    secretStoreTypes: [SecretStoreType] = [.localFile, .localEnvironment],
    _ body: (SidecarRuntime) async throws -> Void
) async throws {
    var texts = Dictionary(uniqueKeysWithValues: files.map { ("res/\($0.key)", $0.value) })
    if let config { texts["config.yaml"] = config }
    let access = FixedFiles(texts: texts)
    var configuration = given
    if app != nil { configuration.appPort = 8080 }
    let resources = try ComponentLoader.load(
        folders: ["res"],
        configurationFile: config == nil ? nil : "config.yaml",
        files: access
    )
    let runtime = SidecarRuntime(
        configuration: configuration,
        resources: resources,
        pubsubTypes: pubsubTypes,
        secretStoreTypes: secretStoreTypes,
        appChannel: app,
        surroundings: surroundings,
        files: access,
        observer: { events.add($0) }
    )
    try await runtime.start()
    let life = Task { await runtime.run() }
    let result: Result<Void, any Error>
    do {
        try await body(runtime)
        result = .success(())
    } catch {
        result = .failure(error)
    }
    app?.release()
    _ = await runtime.stop()
    await life.value
    try result.get()
}

/// The configuration of a test's sidecar.
func configured(_ adjust: (inout RuntimeConfiguration) -> Void) -> RuntimeConfiguration {
    var configuration = RuntimeConfiguration(appID: "contract")
    adjust(&configuration)
    return configuration
}

/// What a runtime told.
final class Events: Sendable {
    private let events = Mutex<[RuntimeEvent]>([])

    func add(_ event: RuntimeEvent) { events.withLock { $0.append(event) } }

    /// What a closure makes of each event, where it makes something of it.
    func map<Value>(_ transform: (RuntimeEvent) -> Value?) -> [Value] { events.withLock { $0 }.compactMap(transform) }
}

/// Waits until the sidecar says that it is ready.
func untilReady(_ runtime: SidecarRuntime) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if (try? runtime.checkHealth(appID: nil)) != nil { return }
        await Task.yield()
    }
    Issue.record("the sidecar did not become ready")
}

extension SidecarRuntime {
    func save(_ body: String, store: String = "store", metadata: RequestMetadata = [:]) async throws(APIError) {
        try await saveState(store, body: Array(body.utf8), metadata: metadata)
    }

    func transact(_ body: String, store: String = "store", metadata: RequestMetadata = [:]) async throws(APIError) {
        try await transactState(store, body: Array(body.utf8), metadata: metadata)
    }

    func value(_ key: String, store: String = "store") async throws(APIError) -> String? {
        try await getState(store, key, metadata: [:]).map { String(decoding: $0.value, as: UTF8.self) }
    }

    func publish(
        _ topic: String,
        _ body: String,
        type: String? = "application/json",
        _ metadata: RequestMetadata = [:]
    ) async throws(APIError) {
        try await publish(
            "bus",
            topic,
            body: Array(body.utf8),
            contentType: type,
            metadata: metadata,
            trace: CallTrace()
        )
    }
}

extension APIError {
    /// The body as a JSON value.
    var json: JSONValue? { try? JSONValue(parsing: body()) }
}

/// The value of a text that a test knows to be JSON.
func json(_ text: String) -> JSONValue? { try? JSONValue(parsing: text) }
