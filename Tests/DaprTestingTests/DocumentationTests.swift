import Dapr
import DaprHTTP
import DaprJSON
import DaprSidecar
import DaprTesting
import Foundation
import TestSupport
import TestTools
import Testing

/// Runs what the documentation shows, and holds what it shows to what runs.
struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `the documentation shows the samples that run here, and all of them`() throws {
        let catalogue = Self.root.appending(path: "Sources/Client/Dapr/Dapr.docc")
        let pages = try FileManager.default.contentsOfDirectory(at: catalogue, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "md" }
        var shown: Set<String> = []
        for page in pages {
            let text = try String(contentsOf: page, encoding: .utf8)
            for block in text.matches(of: /(?s)```swift\n(.*?)```\n/) { shown.insert(String(block.1)) }
        }
        let file = Self.root.appending(path: "Tests/DaprTestingTests/DocumentationSamples.swift")
        let samples = Self.samples(in: try String(contentsOf: file, encoding: .utf8))
        #expect(samples.count > 15)
        for (name, sample) in samples { #expect(shown.contains(sample), "sample \(name) is not shown as it runs") }
        #expect(shown.count == samples.count, "a page shows code that runs nowhere")
    }

    /// The samples by name, moved to the margin.
    private static func samples(in text: String) -> [String: String] {
        var samples: [String: String] = [:]
        for match in text.matches(of: /(?s)\n( +)\/\/ sample ([\w-]+)\n(.*?) +\/\/ end\n/) {
            let margin = String(match.1)
            let lines = match.3.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            let moved = lines.map { $0.hasPrefix(margin) ? String($0.dropFirst(margin.count)) : String($0) }
            samples[String(match.2)] = moved.joined(separator: "\n") + "\n"
        }
        return samples
    }

    private func withSidecar(
        app: RecordingApp? = nil,
        faults: String = "",
        _ use: (DaprClient) async throws -> Void
    ) async throws {
        var configuration = EmbeddedSidecar.Configuration(appID: "kitchen")
        configuration.resources.components.append(
            ComponentDefinition(name: "secretstore", type: "secretstores.local.env")
        )
        configuration.runtime.environment = ["DB_PASSWORD": "sesame"]
        configuration.app = app
        configuration.faults = try FaultPlan(parsing: faults)
        try await EmbeddedSidecar.with(configuration) { try await use(DaprClient(transport: $0.transport)) }
    }

    @Test func `state is saved, read and deleted, one by one, in bulk and in transactions`() async throws {
        try await withSidecar { dapr in
            #expect(try await DocumentationSamples.state(dapr)?.drink == "tea")
            #expect(try await dapr.getState("order:1", in: "statestore") == nil)
            try await DocumentationSamples.transaction(dapr)
            #expect(try await dapr.getState("latest", in: "statestore")?.value == Array(#""order:2""#.utf8))
            let error = try await #require(throws: DaprError.self) { try await DocumentationSamples.transaction(dapr) }
            #expect(error.kind == .alreadyExists)
            #expect(try await DocumentationSamples.bulkState(dapr) == ["order:3"])
        }
    }

    @Test func `events are published and received`() async throws {
        let app = RecordingApp(topics: ["orders"])
        try await withSidecar(app: app) { dapr in
            #expect(try await DocumentationSamples.publish(dapr).isComplete)
            try await eventually { app.requests.count == 3 }
        }
        var drinks: Set<String> = []
        for request in app.requests {
            let answer = DocumentationSamples.receive(request.body) { drinks.insert($0.drink) }
            #expect(answer == TopicEventAnswer.success.body)
        }
        #expect(drinks == ["tea", "coffee", "water"])
        let event = try #require(app.requests.first?.body)
        #expect(DocumentationSamples.receive(event) { _ in throw CancellationError() } == TopicEventAnswer.retry.body)
        #expect(DocumentationSamples.receive([0x31]) { _ in } == TopicEventAnswer.drop.body)
        let declared = try JSONValue(parsing: DocumentationSamples.subscriptions)
        #expect(declared.arrayValue?.first?["topic"]?.stringValue == "orders")
    }

    @Test func `an app is invoked`() async throws {
        let app = RecordingApp { HTTPResponse(.ok, body: $0.body) }
        try await withSidecar(app: app) { dapr in
            let order = try await DocumentationSamples.invoke(dapr)
            #expect(order?.drink == "tea")
        }
    }

    @Test func `secrets, jobs and the sidecar itself are read`() async throws {
        try await withSidecar { dapr in
            let password = try await DocumentationSamples.secrets(dapr)
            #expect(password == "sesame")
            #expect(try await DocumentationSamples.jobs(dapr)?.schedule != nil)
            #expect(try await dapr.getJob("brew") == nil)
            #expect(try await DocumentationSamples.sidecar(dapr)?.id == "kitchen")
        }
    }

    @Test func `a job's call is answered by what came of it`() {
        var brewed: [JobName] = []
        #expect(DocumentationSamples.run("/job/brew", []) { brewed.append($0) } == 200)
        #expect(brewed == ["brew"])
        #expect(DocumentationSamples.run("/job/brew", []) { _ in throw CancellationError() } == 500)
        #expect(DocumentationSamples.run("/else", []) { _ in } == 500)
    }

    /// Building blocks that `dev-sidecar` does not have: daprd's answers stand in for it.
    @Test func `configuration, locks, bindings, cryptography and actors take daprd's answers`() async throws {
        func client(_ answers: [StubTransport.Answer]) -> DaprClient {
            let script = Script(answers)
            return DaprClient(transport: StubTransport { _ in await script.next() })
        }
        let configuration = client([
            .json(200, #"{"colour":{"value":"blue"}}"#), .json(200, #"{"id":"s-1"}"#), .json(200, #"{"ok":true}"#),
        ])
        #expect(try await DocumentationSamples.configuration(configuration) == "blue")
        let lock = client([.json(200, #"{"success":true}"#), .json(200, #"{"status":0}"#)])
        #expect(try await DocumentationSamples.lock(lock) == .success)
        #expect(try await DocumentationSamples.bindings(client([.json(200, #"{"ok":1}"#)])).data.count == 8)
        let bytes = StubTransport.Answer.response(DaprResponse(status: 200, body: [1, 2]))
        #expect(try await DocumentationSamples.cryptography(client([bytes, bytes])) == [1, 2])
        let actors = client([.status(200), .status(204), .json(200, "3")])
        #expect(try await DocumentationSamples.actors(actors) == 3)
    }

    @Test(arguments: 1...10)
    func `the recipe adds once for each writer, whatever is lost`(seed: Int) async throws {
        let faults = "seed \(seed)\nstate.save chance=0.25 -> lose\nstate.save chance=0.25 -> cut\n"
        try await withSidecar(faults: faults) { dapr in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in ["ann", "bob", "cy"] {
                    group.addTask {
                        for _ in 0..<4 { try await DocumentationSamples.add("tally", as: writer, dapr) }
                    }
                }
                try await group.waitForAll()
            }
            let tally = try await dapr.getState("tally", in: "statestore")?.decoded(DocumentationSamples.Tally.self)
            #expect(tally?.total == 12)
            #expect(tally?.by == ["ann": 4, "bob": 4, "cy": 4])
        }
    }

    @Test func `a transport of a test's own answers, and loses an answer`() async throws {
        let stub = DaprClient(transport: DocumentationSamples.OneValue(value: Array("5".utf8)))
        #expect(try await stub.getState("key", in: "any")?.decoded(Int.self) == 5)
        let refused = try await #require(throws: DaprError.self) { try await stub.deleteState("key", in: "any") }
        #expect(refused.kind == .unreachable)
        try await EmbeddedSidecar.with(.init(appID: "kitchen")) { sidecar in
            let dapr = DaprClient(transport: DocumentationSamples.FirstAnswerLost(sidecar.transport))
            let lost = try await #require(throws: DaprError.self) {
                try await dapr.saveState([StateItem("k", value: 1)], in: "statestore")
            }
            #expect(lost.kind == .outcomeUnknown)
            #expect(try await dapr.getState("k", in: "statestore")?.decoded(Int.self) == 1)
        }
    }
}

/// Answers in their order.
private actor Script {
    private var rest: ArraySlice<StubTransport.Answer>

    init(_ answers: [StubTransport.Answer]) { rest = answers[...] }

    func next() -> StubTransport.Answer { rest.popFirst() ?? .failure(.unreachable("no answer is scripted")) }
}
