import Dapr
import DaprJSON
import DaprTesting
import Testing

/// The code that the documentation shows, word for word: what stands between `// sample` and `// end` there stands here.
enum DocumentationSamples {
    // sample order
    struct Order: Codable, Sendable {
        var id: Int
        var drink: String
    }
    // end

    static func state(_ dapr: DaprClient) async throws -> Order? {
        // sample state
        try await dapr.saveState(StateItem("order:1", encoding: Order(id: 1, drink: "tea")), in: "statestore")
        let entry = try await dapr.getState("order:1", in: "statestore")
        let order = try entry?.decoded(Order.self)
        if let etag = entry?.etag {
            try await dapr.deleteState("order:1", in: "statestore", etag: etag)
        }
        // end
        return order
    }

    static func transaction(_ dapr: DaprClient) async throws {
        // sample transaction
        try await dapr.transactState(
            [
                .upsert(StateItem("order:2", value: ["drink": "coffee"], concurrency: .firstWrite)),
                .upsert(StateItem("latest", value: "order:2", ttl: .seconds(3600))),
                .delete("draft:2"),
            ],
            in: "statestore"
        )
        // end
    }

    static func bulkState(_ dapr: DaprClient) async throws -> [StateKey] {
        var missing: [StateKey] = []
        // sample bulk-state
        for (key, result) in try await dapr.getBulkState(["order:2", "order:3"], in: "statestore") {
            switch result {
            case .found(let entry): print(key, entry.value.count, "bytes")
            case .missing: missing.append(key)
            case .failed(let words): print(key, "cannot be read:", words)
            }
        }
        // end
        return missing
    }

    static func publish(_ dapr: DaprClient) async throws -> BulkPublishResult {
        // sample publish
        try await dapr.publishEvent(encoding: Order(id: 1, drink: "tea"), to: "orders", in: "pubsub")
        let result = try await dapr.publishEvents(
            [
                BulkPublishEntry(entryID: "2", encoding: Order(id: 2, drink: "coffee")),
                BulkPublishEntry(entryID: "3", encoding: Order(id: 3, drink: "water")),
            ],
            to: "orders",
            in: "pubsub"
        )
        for failure in result.failed { print("not published:", failure.entryID) }
        // end
        return result
    }

    // sample subscribe
    /// What the app answers to `GET /dapr/subscribe`.
    static let subscriptions = SubscriptionDeclaration.body([
        Subscription(pubsub: "pubsub", topic: "orders", route: "/orders")
    ])

    /// What the app answers to `POST /orders`, with status 200.
    static func receive(_ body: [UInt8], _ handle: (Order) throws -> Void) -> [UInt8] {
        guard let event = try? CloudEvent(decoding: body), let order = try? event.decodedData(Order.self) else {
            return TopicEventAnswer.drop.body  // It would be no better the next time.
        }
        do {
            try handle(order)
            return TopicEventAnswer.success.body
        } catch {
            return TopicEventAnswer.retry.body
        }
    }
    // end

    static func invoke(_ dapr: DaprClient) async throws -> Order? {
        // sample invoke
        let tea = Order(id: 1, drink: "tea")
        let answer = try await dapr.invokeMethod("orders/1", of: "kitchen", httpMethod: "PUT", encoding: tea)
        let order = answer.isSuccess ? try answer.decoded(Order.self) : nil
        // end
        return order
    }

    static func secrets(_ dapr: DaprClient) async throws -> String? {
        // sample secrets
        let password = try await dapr.getSecret("DB_PASSWORD", in: "secretstore")?["DB_PASSWORD"]
        // end
        return password
    }

    static func jobs(_ dapr: DaprClient) async throws -> Job? {
        // sample jobs
        let job = Job(schedule: .every(.seconds(3600)), dueTime: .after(.seconds(60)), value: ["drink": "tea"])
        try await dapr.scheduleJob("brew", job, overwrite: true)
        let scheduled = try await dapr.getJob("brew")
        try await dapr.deleteJob("brew")
        // end
        return scheduled
    }

    // sample job-trigger
    /// What the app answers to `POST /job/{name}`: the status alone counts.
    static func run(_ path: String, _ body: [UInt8], _ brew: (JobName) throws -> Void) -> Int {
        do {
            try brew(JobTrigger(path: path, body: body).name)
            return JobAnswer.done.status
        } catch {
            return JobAnswer.failed.status
        }
    }
    // end

    static func sidecar(_ dapr: DaprClient) async throws -> SidecarMetadata? {
        // sample sidecar
        guard try await dapr.isOutboundHealthy() else { return nil }
        let metadata = try await dapr.getMetadata()
        print(metadata.id, metadata.runtimeVersion, metadata.components.map(\.name))
        // end
        return metadata
    }

    static func configuration(_ dapr: DaprClient) async throws -> String? {
        // sample configuration
        let colour = try await dapr.getConfiguration(["colour"], in: "configstore")["colour"]?.value
        let subscription = try await dapr.subscribeConfiguration(["colour"], in: "configstore")
        try await dapr.unsubscribeConfiguration(subscription, in: "configstore")
        // end
        return colour
    }

    static func lock(_ dapr: DaprClient) async throws -> UnlockResult? {
        // sample lock
        guard try await dapr.tryLock("kitchen", in: "lockstore", owner: "ann", expiry: .seconds(30)) else { return nil }
        let result = try await dapr.unlock("kitchen", in: "lockstore", owner: "ann")
        // end
        return result
    }

    static func bindings(_ dapr: DaprClient) async throws -> BindingAnswer {
        // sample bindings
        let answer = try await dapr.invokeBinding("files", operation: .create, value: ["title": "tea"])
        // end
        return answer
    }

    static func cryptography(_ dapr: DaprClient) async throws -> [UInt8] {
        // sample cryptography
        let plaintext = Array("hello".utf8)
        let sealed = try await dapr.encrypt(plaintext, in: "vault", keyName: "mine", keyWrapAlgorithm: .rsaOAEP256)
        let opened = try await dapr.decrypt(sealed, in: "vault")
        // end
        return opened
    }

    static func actors(_ dapr: DaprClient) async throws -> Int? {
        // sample actors
        let pot = ActorReference(type: "Teapot", id: "1")
        let answer = try await dapr.invokeActor(pot, method: "pour", value: 2)
        let reminder = ActorSchedule(dueTime: .after(.seconds(60)), period: "1h")
        try await dapr.registerActorReminder("refill", of: pot, reminder)
        let cups = try await dapr.getActorState("cups", of: pot)?.decoded(Int.self)
        // end
        return answer.isSuccess ? cups : nil
    }

    // sample update
    /// What is stored: the sum, and what each writer has added, which only that writer writes.
    struct Tally: Codable, Sendable {
        var total = 0
        var by: [String: Int] = [:]
    }

    /// Adds one for a writer, once, whatever others write meanwhile and whichever answers are lost.
    static func add(_ key: StateKey, as writer: String, _ dapr: DaprClient) async throws {
        var goal: Int?
        while true {
            let entry = try await dapr.getState(key, in: "statestore")
            var tally = try entry?.decoded(Tally.self) ?? Tally()
            let own = tally.by[writer, default: 0]
            // After an unknown outcome, this is the read that tells.
            if let goal, own >= goal { return }
            goal = own + 1
            tally.by[writer] = own + 1
            tally.total += 1
            let item = try StateItem(key, encoding: tally, etag: entry?.etag, concurrency: .firstWrite)
            do throws(DaprError) {
                return try await dapr.saveState(item, in: "statestore")
            } catch {
                switch error.kind {
                case .conflict, .alreadyExists: continue  // Somebody was faster, nothing was written: decide again.
                case .outcomeUnknown: continue  // It may be written: read, which tells.
                default: throw error
                }
            }
        }
    }
    // end

    // sample stub
    /// Stands for a sidecar in a test: it answers every read of state with one value, and refuses the rest.
    struct OneValue: DaprTransport {
        let value: [UInt8]

        func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
            guard request.method == "GET", request.path.hasPrefix("/v1.0/state/") else {
                throw .unreachable("the test has no sidecar for \(request.path)")
            }
            return DaprResponse(status: 200, headers: [("etag", "1")], body: value)
        }
    }
    // end

    // sample lost
    /// A transport that loses the first answer, after the sidecar has done its work.
    actor FirstAnswerLost: DaprTransport {
        private let transport: any DaprTransport
        private var isLost = false

        init(_ transport: any DaprTransport) { self.transport = transport }

        func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
            let response = try await transport.send(request)
            if isLost { return response }
            isLost = true
            throw .connectionLost("as the test says")
        }
    }
    // end

    struct Embedded {
        // sample embedded
        @Test func `an order is kept, though answers are lost`() async throws {
            let faults = "seed 42\nstate.save key=order:* attempt=1 -> lose"
            let configuration = try EmbeddedSidecar.Configuration(appID: "orders", faults: faults)
            try await EmbeddedSidecar.with(configuration) { sidecar in
                let dapr = DaprClient(transport: sidecar.transport)
                let lost = try await #require(throws: DaprError.self) {
                    try await dapr.saveState(StateItem("order:1", value: "tea"), in: "statestore")
                }
                #expect(lost.kind == .outcomeUnknown, "\(sidecar.faultReport)")
                let kept = try await dapr.getState("order:1", in: "statestore")?.decoded(String.self)
                #expect(kept == "tea")
            }
        }
        // end
    }
}
