import Dapr
import DaprCurl
import DaprHTTP
import DaprJSON
import DaprSidecar
import DaprSidecarHTTP
import DaprTesting
import TestSupport
import TestTools
import Testing

struct RestartTests {
    @Test func `a restart keeps state, asks for subscriptions anew and loses what waits to be delivered`() async throws
    {
        let held = Gate()
        let app = RecordingApp(topics: ["t"]) { request in
            await held.pass()
            return HTTPResponse(.ok)
        }
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.app = app
        // A rule that does nothing but note which calls have begun.
        configuration.faults = try FaultPlan(parsing: "publish -> delay 0s")
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            try await dapr.saveState([StateItem("k", value: 1)], in: "statestore")
            let etag = try await dapr.getState("k", in: "statestore")?.etag
            try await dapr.publishEvent(json: [0x31], to: "t", in: "pubsub", metadata: ["cloudevent.id": "one"])
            try await eventually { app.ids == ["one"] }
            // It waits while the application is busy with the first.
            async let waiting = #expect(throws: DaprError.self) {
                try await dapr.publishEvent(json: [0x31], to: "t", in: "pubsub", metadata: ["cloudevent.id": "two"])
            }
            try await eventually { sidecar.faults.log.count == 2 }
            try await sidecar.restart()
            held.open()
            #expect(await waiting?.outcomeUnknown == true)
            #expect(try await dapr.getState("k", in: "statestore")?.etag == etag)
            try await dapr.publishEvent(json: [0x31], to: "t", in: "pubsub", metadata: ["cloudevent.id": "three"])
            try await eventually { app.ids.count == 2 }
            #expect(app.ids == ["one", "three"])
        }
    }

    @Test func `while it is down calls are refused, and a stop in order delivers what is under way`() async throws {
        try await EmbeddedSidecar.with(.init(appID: "a")) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            try await dapr.saveState([StateItem("k", value: 1)], in: "statestore")
            await sidecar.kill()
            let error = await #expect(throws: DaprError.self) {
                try await dapr.saveState([StateItem("k", value: 2)], in: "statestore")
            }
            #expect(error?.kind == .unreachable)
            try await sidecar.start()
            #expect(try await dapr.getState("k", in: "statestore")?.value == Array("1".utf8))
            #expect(await sidecar.stop())
            try await sidecar.start()
            #expect(try await dapr.getState("k", in: "statestore")?.value == Array("1".utf8))
        }
    }

    @Test(arguments: ["before", "after"])
    func `a rule restarts it before the effect of a call or after it`(moment: String) async throws {
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.faults = try FaultPlan(parsing: "state.save key=k attempt=1 -> restart \(moment)")
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            let error = await #expect(throws: DaprError.self) {
                try await dapr.saveState([StateItem("k", value: 1)], in: "statestore")
            }
            #expect(error?.outcomeUnknown == true)
            #expect(try await (dapr.getState("k", in: "statestore") != nil) == (moment == "after"))
            // Attempts are counted over all lives.
            try await dapr.saveState([StateItem("k", value: 1)], in: "statestore")
        }
    }

    @Test func `a call that is under way when the sidecar is killed gets no answer`() async throws {
        let (entered, held) = (Gate(), Gate())
        let app = RecordingApp { _ in
            entered.open()
            await held.pass()
            return HTTPResponse(.ok)
        }
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.app = app
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let transport = sidecar.transport
            let call = Task {
                try await transport.send(DaprRequest(method: "POST", path: "/v1.0/invoke/a/method/x", body: []))
            }
            await entered.pass()
            try await sidecar.restart()
            held.open()
            await #expect(throws: DaprTransportError.connectionLost("the sidecar cut the connection")) {
                try await call.value
            }
        }
    }

    @Test func `many callers in one life cause one restart`() async throws {
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.faults = try FaultPlan(parsing: "state.save match=5-8 -> restart after")
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            await withTaskGroup { group in
                for key in 0..<40 {
                    group.addTask {
                        // Some answers are lost with a life.
                        try? await dapr.saveState([StateItem(StateKey("k\(key)"), value: 1)], in: "statestore")
                    }
                }
            }
            #expect(sidecar.faults.log.count == 4)
            try await dapr.saveState([StateItem("last", value: 1)], in: "statestore")
        }
    }

    @Test func `a delivery restarts the sidecar that makes it`() async throws {
        let app = RecordingApp(topics: ["t"])
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.app = app
        configuration.faults = try FaultPlan(
            parsing: "deliver key=one -> restart before\ndeliver key=two -> restart after"
        )
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            for (id, faults) in [("one", 1), ("two", 2), ("three", 2)] {
                // The delivery may end the life before the answer is out.
                try? await dapr.publishEvent(json: [0x31], to: "t", in: "pubsub", metadata: ["cloudevent.id": id])
                try await eventually { sidecar.faults.log.count == faults && (id == "one" || app.ids.last == id) }
                // Until it is up again with its subscriptions.
                try await sidecar.restart()
            }
            #expect(app.ids == ["two", "three"])
        }
    }

    @Test func `a sidecar on a port comes back on it with its state`() async throws {
        let plan = try FaultPlan(parsing: "state.save key=now -> restart before")
        let sidecar = try await ListeningSidecar.start(.init(runtime: .init(appID: "a")), faults: plan)
        let transport = try DaprCurlTransport(endpoint: try DaprEndpoint(parsing: "http://127.0.0.1:\(sidecar.port)"))
        let dapr = DaprClient(transport: transport)
        try await dapr.saveState([StateItem("k", value: 1)], in: "statestore")
        let error = await #expect(throws: DaprError.self) {
            try await dapr.saveState([StateItem("now", value: 1)], in: "statestore")
        }
        #expect(error?.outcomeUnknown == true)
        #expect(try await dapr.getState("k", in: "statestore") != nil)
        #expect(try await dapr.getState("now", in: "statestore") == nil)
        await transport.shutdown()
        #expect(await sidecar.stop())
    }
}
