import Dapr
import JSON
import TestSupport

/// What the client covers, building block by building block, and what the official SDKs do.
enum ParityTable {
    /// A call of the client, which a test makes to see what it sends.
    typealias Call = (name: String, make: @Sendable (DaprClient) async throws -> Void)

    struct Row: Sendable {
        let block: String
        let calls: [Call]
        /// Types for what comes from the sidecar.
        var incoming: [String] = []
        /// What each of ``sdks`` has of it.
        let others: [String]
    }

    /// The SDKs with the releases whose sources were read.
    static let sdks = ["Go 1.14.2", "Python 1.18.3", ".NET 1.18.5", "Java 1.18.1", "JS 3.17.0"]

    private static let all = ["yes", "yes", "yes", "yes", "yes"]
    private static let actor = ActorReference(type: "t", id: "1")

    static let rows: [Row] = [
        Row(
            block: "state",
            calls: [
                ("state", { _ = try await $0.state("s", "k") }), ("states", { _ = try await $0.states("s", ["k"]) }),
                ("save", { try await $0.save("s", [StateItem("k", value: 1)]) }),
                ("deleteState", { try await $0.deleteState("s", "k") }),
                ("transact", { try await $0.transact("s", [.delete("k")]) }),
            ],
            others: all
        ),
        Row(
            block: "publish and subscribe",
            calls: [
                ("publish", { try await $0.publish("p", "t", data: [0x31]) }),
                ("publishBulk", { _ = try await $0.publishBulk("p", "t", [.init(entryID: "1", text: "x")]) }),
            ],
            incoming: ["SubscriptionDeclaration", "CloudEvent", "BulkTopicDelivery", "TopicEventAnswer"],
            others: ["yes, and streamed", "yes, and streamed", "yes, and streamed", "yes, and streamed", "yes"]
        ),
        Row(
            block: "service invocation, any method",
            calls: [("invoke", { _ = try await $0.invoke("a", method: "m") })],
            others: all
        ),
        Row(
            block: "secrets",
            calls: [("secret", { _ = try await $0.secret("s", "n") }), ("secrets", { _ = try await $0.secrets("s") })],
            others: all
        ),
        Row(
            block: "jobs",
            calls: [
                ("scheduleJob", { try await $0.scheduleJob("j", Job(dueTime: "1s")) }),
                ("job", { _ = try await $0.job("j") }), ("deleteJob", { try await $0.deleteJob("j") }),
            ],
            incoming: ["JobTrigger", "JobAnswer"],
            others: ["yes", "yes", "yes", "yes", "no"]
        ),
        Row(
            block: "configuration",
            calls: [
                ("configuration", { _ = try await $0.configuration("c", []) }),
                ("subscribeConfiguration", { _ = try await $0.subscribeConfiguration("c", []) }),
                ("unsubscribeConfiguration", { try await $0.unsubscribeConfiguration("c", "i") }),
            ],
            incoming: ["ConfigurationUpdate"],
            others: ["yes", "yes", "yes", "yes", "over gRPC"]
        ),
        Row(
            block: "distributed lock (alpha)",
            calls: [
                ("tryLock", { _ = try await $0.tryLock("l", "r", owner: "o", expiry: .seconds(1)) }),
                ("unlock", { _ = try await $0.unlock("l", "r", owner: "o") }),
            ],
            others: ["yes", "yes", "yes", "preview", "yes"]
        ),
        Row(
            block: "bindings",
            calls: [("invokeBinding", { _ = try await $0.invokeBinding("b", "create") })],
            incoming: ["InputBindingEvent"],
            others: all
        ),
        Row(
            block: "cryptography (alpha)",
            calls: [
                ("encrypt", { _ = try await $0.encrypt("c", [1], keyName: "k", keyWrapAlgorithm: .a256KW) }),
                ("decrypt", { _ = try await $0.decrypt("c", [1]) }),
            ],
            others: ["yes", "yes", "yes", "preview", "over gRPC"]
        ),
        Row(
            block: "actors, as a caller",
            calls: [
                ("invokeActor", { _ = try await $0.invokeActor(actor, method: "m") }),
                ("actorState", { _ = try await $0.actorState(actor, "k") }),
                ("transactActorState", { try await $0.transactActorState(actor, [.delete(key: "k")]) }),
                ("registerActorReminder", { try await $0.registerActorReminder(actor, "r", .init(dueTime: "1s")) }),
                ("actorReminder", { _ = try await $0.actorReminder(actor, "r") }),
                ("unregisterActorReminder", { try await $0.unregisterActorReminder(actor, "r") }),
                ("registerActorTimer", { try await $0.registerActorTimer(actor, "t", .init(dueTime: "1s")) }),
                ("unregisterActorTimer", { try await $0.unregisterActorTimer(actor, "t") }),
            ],
            others: ["yes", "methods", "methods", "methods", "yes"]
        ),
        Row(
            block: "metadata",
            calls: [
                ("metadata", { _ = try await $0.metadata() }), ("setMetadata", { try await $0.setMetadata("a", "b") }),
            ],
            others: ["yes", "yes", "yes", "reads", "yes"]
        ),
        Row(
            block: "health, shutdown",
            calls: [
                ("isHealthy", { _ = try await $0.isHealthy() }),
                ("isOutboundHealthy", { _ = try await $0.isOutboundHealthy() }),
                ("shutdown", { try await $0.shutdown() }),
            ],
            others: ["waits, shutdown", "waits, shutdown", "yes", "waits, shutdown", "yes"]
        ),
        Row(block: "hosting actors", calls: [], others: all),
        Row(block: "workflows", calls: [], others: all),
        Row(block: "conversation (alpha)", calls: [], others: ["yes", "yes", "yes", "preview", "no"]),
    ]

    /// What a failure tells; ours is held by `DaprErrorTests` and `OutcomeTests`.
    static let failures: [(what: String, ours: String, others: [String])] = [
        (
            "a stale ETag of one key", "`conflict`",
            ["gRPC code", "gRPC code", "`false` of `TrySaveStateAsync`", "gRPC code", "text"]
        ),
        ("a stale ETag in a transaction", "`conflict`", ["text", "text", "text", "text", "text"]),
        (
            "one key that must be new exists", "`alreadyExists`",
            ["as a stale ETag", "as a stale ETag", "as a stale ETag", "as a stale ETag", "text"]
        ),
        (
            "in a transaction a key that must be new exists", "`alreadyExists`",
            ["text", "text", "text", "text", "text"]
        ),
        (
            "the answer is lost", "`outcomeUnknown`",
            ["as any error", "as any error", "as any error", "as any error", "as any error"]
        ),
    ]

    /// The tables as the guide shows them.
    static func text() async throws -> String {
        var text = "| building block | calls of `DaprClient` | requests | from the sidecar |\n|---|---|---|---|\n"
        for row in rows where !row.calls.isEmpty {
            var requests: [String] = []
            for call in row.calls {
                let request = try await request(of: call)
                if !requests.contains(request) { requests.append(request) }
            }
            let cells = [row.calls.map(\.name), requests, row.incoming].map {
                $0.map { "`\($0)`" }.joined(separator: " ")
            }
            text += "| \(row.block) | \(cells.joined(separator: " | ")) |\n"
        }
        text += "\n| | `Dapr` | \(sdks.joined(separator: " | ")) |\n|---|---|---|---|---|---|---|\n"
        for row in rows {
            text += "| \(row.block) | \(row.calls.isEmpty ? "no" : "yes") | \(row.others.joined(separator: " | ")) |\n"
        }
        for row in failures { text += "| \(row.what) | \(row.ours) | \(row.others.joined(separator: " | ")) |\n" }
        return text
    }

    /// What a call sends, by its route: `GET /v1.0/state/{store}/{key}`.
    private static func request(of call: Call) async throws -> String {
        let recorder = OperationRecorder()
        let stub = StubTransport(.status(418))
        // An app's answer to an invocation is no failure, whatever its status; of the others all fail, and have sent.
        try? await call.make(DaprClient(transport: stub, instrumentation: recorder))
        guard let request = stub.requests.first, let operation = recorder.operation else { return "nothing" }
        let version = request.path.dropFirst().prefix { $0 != "/" }
        let route = operation.drop { $0 != " " }.dropFirst()
        return "\(request.method) /\(version)/\(route)"
    }
}
