import Dapr
import DaprJSON
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
                ("getState", { _ = try await $0.getState("k", in: "s") }),
                ("getBulkState", { _ = try await $0.getBulkState(["k"], in: "s") }),
                ("saveState", { try await $0.saveState([StateItem("k", value: 1)], in: "s") }),
                ("deleteState", { try await $0.deleteState("k", in: "s") }),
                ("transactState", { try await $0.transactState([.delete("k")], in: "s") }),
            ],
            others: all
        ),
        Row(
            block: "publish and subscribe",
            calls: [
                ("publishEvent", { try await $0.publishEvent(json: [0x31], to: "t", in: "p") }),
                (
                    "publishEvents",
                    { _ = try await $0.publishEvents([.init(entryID: "1", text: "x")], to: "t", in: "p") }
                ),
            ],
            incoming: ["SubscriptionDeclaration", "CloudEvent", "BulkTopicDelivery", "TopicEventAnswer"],
            others: ["yes, and streamed", "yes, and streamed", "yes, and streamed", "yes, and streamed", "yes"]
        ),
        Row(
            block: "service invocation, any method",
            calls: [("invokeMethod", { _ = try await $0.invokeMethod("m", of: "a") })],
            others: all
        ),
        Row(
            block: "secrets",
            calls: [
                ("getSecret", { _ = try await $0.getSecret("n", in: "s") }),
                ("getBulkSecret", { _ = try await $0.getBulkSecret(in: "s") }),
            ],
            others: all
        ),
        Row(
            block: "jobs",
            calls: [
                ("scheduleJob", { try await $0.scheduleJob("j", Job(dueTime: "1s")) }),
                ("getJob", { _ = try await $0.getJob("j") }), ("deleteJob", { try await $0.deleteJob("j") }),
            ],
            incoming: ["JobTrigger", "JobAnswer"],
            others: ["yes", "yes", "yes", "yes", "no"]
        ),
        Row(
            block: "configuration",
            calls: [
                ("getConfiguration", { _ = try await $0.getConfiguration([], in: "c") }),
                ("subscribeConfiguration", { _ = try await $0.subscribeConfiguration([], in: "c") }),
                ("unsubscribeConfiguration", { try await $0.unsubscribeConfiguration("i", in: "c") }),
            ],
            incoming: ["ConfigurationUpdate"],
            others: ["yes", "yes", "yes", "yes", "over gRPC"]
        ),
        Row(
            block: "distributed lock (alpha)",
            calls: [
                ("tryLock", { _ = try await $0.tryLock("r", in: "l", owner: "o", expiry: .seconds(1)) }),
                ("unlock", { _ = try await $0.unlock("r", in: "l", owner: "o") }),
            ],
            others: ["yes", "yes", "yes", "preview", "yes"]
        ),
        Row(
            block: "bindings",
            calls: [("invokeBinding", { _ = try await $0.invokeBinding("b", operation: "create") })],
            incoming: ["InputBindingEvent"],
            others: all
        ),
        Row(
            block: "cryptography (alpha)",
            calls: [
                ("encrypt", { _ = try await $0.encrypt([1], in: "c", keyName: "k", keyWrapAlgorithm: .a256KW) }),
                ("decrypt", { _ = try await $0.decrypt([1], in: "c") }),
            ],
            others: ["yes", "yes", "yes", "preview", "over gRPC"]
        ),
        Row(
            block: "actors, as a caller",
            calls: [
                ("invokeActor", { _ = try await $0.invokeActor(actor, method: "m") }),
                ("getActorState", { _ = try await $0.getActorState("k", of: actor) }),
                ("transactActorState", { try await $0.transactActorState([.delete("k")], of: actor) }),
                ("registerActorReminder", { try await $0.registerActorReminder("r", of: actor, .init(dueTime: "1s")) }),
                ("getActorReminder", { _ = try await $0.getActorReminder("r", of: actor) }),
                ("unregisterActorReminder", { try await $0.unregisterActorReminder("r", of: actor) }),
                ("registerActorTimer", { try await $0.registerActorTimer("t", of: actor, .init(dueTime: "1s")) }),
                ("unregisterActorTimer", { try await $0.unregisterActorTimer("t", of: actor) }),
            ],
            others: ["yes", "methods", "methods", "methods", "yes"]
        ),
        Row(
            block: "metadata",
            calls: [
                ("getMetadata", { _ = try await $0.getMetadata() }),
                ("setMetadata", { try await $0.setMetadata("a", to: "b") }),
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
