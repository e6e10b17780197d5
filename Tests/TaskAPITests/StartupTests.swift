import Dapr
import DaprJSON
import DaprLog
import Synchronization
import Testing
import Tokens

@testable import TaskAPI

struct StartupTests {
    /// A sidecar that answers each path in turn with what it was given.
    private final class Sidecar: DaprTransport {
        private let answers: Mutex<[String: [Result<DaprResponse, DaprTransportError>]]>

        init(_ answers: [String: [Result<DaprResponse, DaprTransportError>]]) { self.answers = Mutex(answers) }

        func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
            let answer = answers.withLock { answers -> Result<DaprResponse, DaprTransportError>? in
                guard var list = answers[request.path], let first = list.first else { return nil }
                if list.count > 1 { list.removeFirst() }
                answers[request.path] = list
                return first
            }
            guard let answer else { throw .unreachable("nothing is known of \(request.path)") }
            return try answer.get()
        }
    }

    private static func json(_ value: JSONValue, status: Int = 200) -> Result<DaprResponse, DaprTransportError> {
        .success(
            DaprResponse(status: status, headers: [("content-type", "application/json")], body: value.serialized())
        )
    }

    private static let noContent: Result<DaprResponse, DaprTransportError> =
        .success(DaprResponse(status: 204, headers: [], body: []))

    private static func startup(
        _ answers: [String: [Result<DaprResponse, DaprTransportError>]],
        sink: CollectingSink = CollectingSink(),
        limit: Duration = .seconds(60)
    ) -> SidecarStartup {
        SidecarStartup(
            dapr: DaprClient(transport: Sidecar(answers)),
            endpoint: "http://127.0.0.1:3500",
            logger: Logger(level: .info, sink: sink),
            limit: limit,
            sleep: { _ in }
        )
    }

    private static let health = "/v1.0/healthz/outbound"

    @Test func `it waits until the components work`() async throws {
        let notReady = Self.json(["errorCode": "ERR_OUTBOUND_HEALTH_NOT_READY", "message": "no"], status: 500)
        try await Self.startup([
            Self.health: [.failure(.unreachable("refused")), notReady, .failure(.timedOut), Self.noContent]
        ]).waitForSidecar()
    }

    @Test func `it gives up after its time, and says each 2 s what it waits for and where`() async throws {
        let sink = CollectingSink()
        let startup = Self.startup([Self.health: [.failure(.unreachable("refused"))]], sink: sink, limit: .seconds(61))
        await #expect(throws: StartupError.sidecarAbsent(endpoint: "http://127.0.0.1:3500", after: .seconds(61))) {
            try await startup.waitForSidecar()
        }
        let lines = try sink.lines.map { try JSONValue(parsing: $0) }
        #expect(lines.count == 30)
        #expect(lines.map { $0["waited_s"]?.intValue }.prefix(3) == [2, 4, 6])
        #expect(lines.allSatisfy { $0["endpoint"] == "http://127.0.0.1:3500" && $0["reason"]?.stringValue != nil })
    }

    @Test func `a start that is given up ends`() async throws {
        let startup = SidecarStartup(
            dapr: DaprClient(transport: Sidecar([:])),
            endpoint: "x",
            logger: .silent,
            sleep: { _ in throw CancellationError() }
        )
        await #expect(throws: StartupError.cancelled) { try await startup.waitForSidecar() }
    }

    private static func place(_ store: SecretStoreName, _ name: String, _ key: String) -> SecretPlace {
        SecretPlace(store, name: name, key: key, setting: "jwt-secret")
    }

    @Test func `the server's secret is one, or a new one and an old one`() async throws {
        let one = String(repeating: "s", count: 32)
        func start(_ value: String) -> SidecarStartup {
            Self.startup(["/v1.0/secrets/s/n": [Self.json(["n": .string(value)])]])
        }
        for good in [one, "\(one), \(one)x"] { _ = try await start(good).serverSecret(Self.place("s", "n", "n")) }
        for (bad, error) in [
            ("", ServerSecretError.tooShort(bytes: 0)), ("short", .tooShort(bytes: 5)),
            ("\(one),", .tooShort(bytes: 0)),
            ("\(one),\(one),\(one)", .tooMany(3)),
        ] {
            await #expect(throws: StartupError.serverSecret(name: "n", error)) {
                _ = try await start(bad).serverSecret(Self.place("s", "n", "n"))
            }
        }
    }

    @Test func `the secret is read by store, name and key`() async throws {
        let secret = String(repeating: "s", count: 32)
        let startup = Self.startup([
            "/v1.0/secrets/local-secrets/jwt-secret": [Self.json(["jwt-secret": .string(secret)])]
        ])
        let bytes = try await startup.signingSecret(Self.place("local-secrets", "jwt-secret", "jwt-secret"))
        #expect(bytes == Array(secret.utf8))
        await #expect(throws: StartupError.secretMissing(Self.place("local-secrets", "jwt-secret", "other"))) {
            _ = try await startup.signingSecret(Self.place("local-secrets", "jwt-secret", "other"))
        }
    }

    @Test func `a secret that is missing or short is refused`() async throws {
        let short = Self.startup(["/v1.0/secrets/s/n": [Self.json(["n": .string(String(repeating: "s", count: 31))])]])
        await #expect(throws: StartupError.secretTooShort(name: "n", bytes: 31, atLeast: 32)) {
            _ = try await short.signingSecret(Self.place("s", "n", "n"))
        }
        await #expect(throws: StartupError.secretMissing(Self.place("s", "n", "n"))) {
            _ = try await Self.startup(["/v1.0/secrets/s/n": [Self.noContent]]).signingSecret(Self.place("s", "n", "n"))
        }
        await #expect {
            _ = try await Self.startup([:]).signingSecret(Self.place("s", "n", "n"))
        } throws: { error in
            if case StartupError.sidecar(let cause) = error { cause.kind == .unreachable } else { false }
        }
    }

    @Test(
        arguments: [
            ("state.postgresql", ["ETAG", "TRANSACTIONAL", "TTL"], nil),
            (
                "state.redis", ["ETAG", "TRANSACTIONAL"],
                StartupError.stateStoreWithoutRollback(name: "statestore", type: "state.redis")
            ),
            (
                "state.couchbase", ["ETAG"],
                .stateStoreIncapable(name: "statestore", type: "state.couchbase", missing: ["TRANSACTIONAL"])
            ),
            (
                "state.x", [],
                .stateStoreIncapable(name: "statestore", type: "state.x", missing: ["ETAG", "TRANSACTIONAL"])
            ),
        ] as [(String, [String], StartupError?)]
    )
    func `a state store is held to what the journal needs`(
        type: String,
        capabilities: [String],
        refusal: StartupError?
    ) async throws {
        let metadata: JSONValue = .object([
            "id": "task-server",
            "components": [
                .object([
                    "name": "statestore", "type": .string(type), "version": "v1",
                    "capabilities": .array(capabilities.map { .string($0) }),
                ])
            ],
        ])
        let startup = Self.startup(["/v1.0/metadata": [Self.json(metadata)]])
        do throws(StartupError) {
            try await startup.checkStateStore("statestore")
            #expect(refusal == nil)
        } catch {
            #expect(error == refusal)
        }
        await #expect(throws: StartupError.stateStoreMissing(name: "other", known: ["statestore"])) {
            try await startup.checkStateStore("other")
        }
    }

    @Test(
        arguments: [
            ("pubsub.in-memory", ["SUBSCRIBE_WILDCARDS"], false), ("pubsub.redis", nil, false),
            ("pubsub.kafka", ["BULK_PUBSUB"], true), ("pubsub.x", ["BULK_SUBSCRIBE_IMMEDIATE"], true),
            ("pubsub.x", ["bulk_pubsub"], false),
        ] as [(String, [String]?, Bool)]
    )
    func `events are asked for in bulk only where the broker says that it does not wait for many`(
        type: String,
        capabilities: [String]?,
        isBulk: Bool
    ) async throws {
        var component: JSONObject = ["name": "pubsub", "type": .string(type), "version": "v1"]
        component["capabilities"] = capabilities.map { .array($0.map { .string($0) }) }
        let metadata: JSONValue = .object(["id": "task-server", "components": [.object(component)]])
        let startup = Self.startup(["/v1.0/metadata": [Self.json(metadata)]])
        #expect(try await startup.deliversInBulk("pubsub") == isBulk)
        #expect(try await startup.deliversInBulk("other") == false)
    }

    @Test func `readiness asks for outbound health, then for the store`() async throws {
        func readiness(
            _ health: Result<DaprResponse, DaprTransportError>,
            _ store: Result<DaprResponse, DaprTransportError>
        ) async -> [Bool] {
            let sidecar = Sidecar([Self.health: [health], "/v1.0/state/statestore/ready": [store]])
            return await ReadinessMonitor(dapr: DaprClient(transport: sidecar), store: "statestore").current().checks
                .map(\.isOK)
        }
        #expect(await readiness(Self.noContent, Self.noContent) == [true, true])
        #expect(
            await readiness(Self.noContent, Self.json(["errorCode": "ERR_STATE_GET", "message": "x"], status: 500)) == [
                true, false,
            ]
        )
        #expect(await readiness(.failure(.unreachable("x")), Self.noContent) == [false, false])
    }

    @Test func `each refusal says what to do`() {
        for error in [
            StartupError.sidecarAbsent(endpoint: "e", after: .seconds(60)),
            .secretMissing(Self.place("s", "n", "k")), .serverSecret(name: "n", .tooShort(bytes: 1)),
            .serverSecret(name: "n", .tooMany(3)),
            .secretTooShort(name: "n", bytes: 1, atLeast: 32), .stateStoreMissing(name: "n", known: []),
            .stateStoreIncapable(name: "n", type: "t", missing: ["ETAG"]),
            .stateStoreWithoutRollback(name: "n", type: "t"),
        ] { #expect(error.description.contains(/;|use|needs/), "\(error)") }
    }
}
