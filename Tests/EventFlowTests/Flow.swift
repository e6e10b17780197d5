import Dapr
import DaprHTTP
import DaprJSON
import DaprLog
import DaprMetrics
import DaprSidecar
import DaprTesting
import Foundation
import Synchronization
import TaskAPI
import TaskEvents
import Tasks
import TasksDapr
import TestSupport
import Testing
import Tokens
import WebFront

/// The task service as the application of a sidecar in the process: what is published comes back to it.
struct Flow: Sendable {
    static let pubsub: PubSubName = "pubsub"

    let sidecar: EmbeddedSidecar
    let dapr: DaprClient
    let service: JournalTaskService
    let activity: ActivityStore
    let letters: DeadLetterStore
    let metrics: MetricsRegistry
    /// What the sidecar calls.
    let app: DoorHandler
    /// What clients call.
    let clients: DoorHandler

    /// Runs the service beside a sidecar with a fault plan, and ends both.
    ///
    /// Without retries what is not handled at once is a dead letter.
    static func with(
        _ plan: String = "",
        retries: Bool = true,
        appAPIToken: String? = nil,
        journal: JournalConfiguration = .ofServer,
        _ body: (Flow) async throws -> Void
    ) async throws {
        let late = LateTransport()
        let dapr = DaprClient(transport: late, timeout: .seconds(5))
        let metrics = MetricsRegistry()
        let now: @Sendable () -> Timestamp = { Timestamp(clamping: Int64(Date().timeIntervalSince1970 * 1000)) }
        let maker = TaskIDMaker(now: now)
        let service = JournalTaskService(
            dapr: dapr,
            store: "statestore",
            pubsub: pubsub,
            topic: "tasks",
            configuration: journal,
            now: now,
            newID: { maker.next() },
            logger: .silent,
            metrics: metrics
        )
        let activity = ActivityStore(
            dapr: dapr,
            store: "statestore",
            source: JournalChangeSource(dapr: dapr, store: "statestore", watch: nil),
            configuration: journal,
            watch: nil,
            logger: .silent,
            metrics: metrics
        )
        let letters = DeadLetterStore(
            dapr: dapr,
            store: "statestore",
            now: now,
            watch: nil,
            logger: .silent,
            metrics: metrics
        )
        let policy = TokenPolicy(keys: [try .hs256(secret: secret)], issuer: "i", audience: "a")
        var shared = WebConfiguration(
            description: .tasks,
            authenticator: Authenticator(bearing: TokenTrust(TokenVerifier(policy: policy)), now: { 0 }),
            inFlight: Allotment.Limits(perOwner: 16 << 20, inAll: 96 << 20),
            rates: RateLimits(),
            longestWait: .seconds(10),
            logger: .silent,
            metrics: metrics
        )
        shared.appAPIToken = appAPIToken
        let web = WebService(
            doors: [
                .tasks(
                    service: service,
                    activity: activity,
                    commandDeadline: .seconds(10),
                    now: now,
                    zones: TaskZones { path in (try? Data(contentsOf: URL(fileURLWithPath: path))).map(Array.init) },
                    signers: try TaskSigners(ServerSecret(parsing: "a-server-secret-of-this-test-with-32-bytes")),
                    streams: EventStreams(.init(perOwner: 20, inAll: 2000), logger: .silent, metrics: metrics),
                    longestChangeWait: .zero
                ),
                .operations(readiness: ReadinessMonitor(lifetime: .zero) { Readiness(checks: []) }, metrics: metrics),
                .events(
                    topics: TopicNames(pubsub: "pubsub", tasks: "tasks", commands: "task-commands"),
                    deliversInBulk: false,
                    service: service,
                    activity: activity,
                    deadLetters: DeadLetterHandler(dapr: dapr, pubsub: pubsub, now: now, keep: letters.keeps),
                    commandDeadline: .seconds(10),
                    logger: .silent,
                    metrics: metrics
                ),
            ],
            shared
        )
        var configuration = EmbeddedSidecar.Configuration(appID: "task-server")
        configuration.app = web.app
        configuration.appAPIToken = appAPIToken
        configuration.faults = try FaultPlan(parsing: plan)
        if retries { configuration.resources.resiliencies = try LoadedResources(yaml: redelivery).resiliencies }
        try await EmbeddedSidecar.with(configuration) { sidecar in
            late.set(sidecar.transport)
            let relay = Task { await service.run() }
            let flow = Flow(
                sidecar: sidecar,
                dapr: dapr,
                service: service,
                activity: activity,
                letters: letters,
                metrics: metrics,
                app: web.app,
                clients: web.clients
            )
            let result: Result<Void, any Error>
            do { result = .success(try await body(flow)) } catch { result = .failure(error) }
            relay.cancel()
            await relay.value
            try result.get()
        }
    }

    private static let secret = Array("a-secret-of-this-test-with-32-bytes".utf8)

    /// A token of a user, which the doors take.
    static func token(_ user: String) throws -> String {
        try TokenSigner(hs256Secret: secret)
            .sign(subject: user, issuer: "i", audience: "a", issuedAt: 0, lifetime: .seconds(60))
    }

    private static let redelivery = """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: {name: again}
        spec:
          policies: {retries: {again: {policy: constant, duration: 1ms, maxRetries: 40}}}
          targets: {components: {pubsub: {inbound: {retry: again}}}}
        """

    /// Sends a command as another service would.
    func send(_ type: String, id: String, user: String, _ data: JSONObject = [:]) async throws {
        var data = data
        data["user_id"] = .string(user)
        let event = CloudEvent(id: id, source: "/billing", type: type, data: .object(data))
        // A publish whose answer is lost is made again: the event keeps its id.
        while true {
            do throws(DaprError) {
                return try await dapr.publishEvent(event, to: "task-commands", in: Self.pubsub)
            } catch {
                guard error.outcomeUnknown || error.kind == .unreachable else { throw error }
            }
        }
    }

    /// What the journal of an owner says happened.
    func journal(_ user: String) async throws -> [ActivityChange] {
        let owner = try #require(OwnerID(user))
        while true {
            do throws(TaskError) {
                return try await JournalChangeSource(dapr: dapr, store: "statestore", watch: nil)
                    .changes(of: owner, after: 0, told: 0, limit: .max)
            } catch {
                guard case .storeUnavailable = error else { throw error }
            }
        }
    }

    /// What the activity of an owner says.
    func activity(_ user: String) async throws -> Activity {
        try await activity.activity(of: #require(OwnerID(user)), trace: nil)
    }

    func tasks(_ user: String) async throws -> [TaskItem] {
        var query = TaskQuery()
        query.limit = 200
        return try await service.list(query, owner: #require(OwnerID(user)), trace: nil).items
    }

    /// The value of a metric, by its whole name with labels.
    func metric(_ name: String) -> Int {
        let text = String(decoding: metrics.exposition(), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
    }
}

/// A way to a sidecar that is there later than its user.
private final class LateTransport: DaprTransport {
    private let inner = Mutex<SidecarTransport?>(nil)

    func set(_ transport: SidecarTransport) { inner.withLock { $0 = transport } }

    func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        guard let inner = inner.withLock(\.self) else { throw .unreachable("not yet") }
        return try await inner.send(request)
    }
}

/// The activity that changes lead to, each counted once, in order; some of them without an event.
func counted(_ changes: [ActivityChange], without unheard: ClosedRange<Int>? = nil) -> Activity {
    var activity = Activity()
    for change in changes {
        if unheard?.contains(change.sequence) == true { activity.fill(change) } else { activity.note(change) }
    }
    return activity
}
