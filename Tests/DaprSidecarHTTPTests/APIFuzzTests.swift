import DaprHTTP
import DaprJSON
import DaprSidecar
import DaprSidecarHTTP
import TestTools
import Testing

/// Calls of every route that were changed at random, without a socket: whatever comes, the answer is one that daprd's clients can read, and a
/// refused transaction leaves the store as it was.
@Suite struct APIFuzzTests {
    @Test func `every call is answered, and a fault of the caller is no fault of the sidecar`() async throws {
        try await Fuzzing.run("API", reaching: ["all well", "refusals"]) { numbers in
            let store = ObservedStore()
            var own = numbers
            var refusals = 0
            try await withAPI(over: store, app: FuzzedApp(answers: FuzzedCall.answers(&own))) { api in
                for _ in 0...own.below(8) {
                    let call = FuzzedCall(&own)
                    let before = await store.contents()
                    let response = await api.respond(to: call.request)
                    if response.status.code >= 400 { refusals += 1 }
                    try call.judge(response)
                    guard response.status.code >= 400, call.isAllOrNothing else { continue }
                    guard await store.contents() == before else { throw Violation("\(call) left a part behind") }
                }
            }
            return refusals == 0 ? "all well" : "refusals"
        }
    }

    @Test func `a transaction does all or nothing`() async throws {
        try await Fuzzing.run("transactions", reaching: ["done", "refused"]) { numbers in
            let store = ObservedStore()
            var own = numbers
            var last = 0
            try await withAPI(over: store, app: FuzzedApp(answers: [])) { api in
                for _ in 0..<6 {
                    let before = await store.contents()
                    let transaction = FuzzedTransaction(&own, over: before)
                    let request = HTTPRequest(
                        method: own.pick([.post, .put]),
                        target: "/v1.0/state/store/transaction",
                        body: transaction.body
                    )
                    let response = await api.respond(to: request)
                    let after = await store.contents()
                    last = response.status.code
                    switch response.status.code {
                    case 204:
                        guard transaction.isDone(before: before, after: after) else {
                            throw Violation("204, but \(after.count) values after \(before.count) by \(transaction)")
                        }
                    case 400, 409, 500:
                        guard after == before else {
                            throw Violation("\(response.status) to \(transaction) left a part behind")
                        }
                    default: throw Violation("\(response.status) to \(transaction)")
                    }
                }
            }
            return last == 204 ? "done" : "refused"
        }
    }

    private func withAPI(
        over store: ObservedStore,
        app: FuzzedApp,
        _ body: (SidecarHandler) async throws -> Void
    ) async throws {
        var configuration = RuntimeConfiguration(appID: "orders")
        configuration.appPort = 8_080
        var resources = LoadedResources()
        resources.components = [
            ComponentDefinition(name: "store", type: "state.fuzz"),
            ComponentDefinition(name: "bus", type: "pubsub.in-memory"),
            ComponentDefinition(name: "secrets", type: "secretstores.local.env"),
        ]
        let runtime = SidecarRuntime(
            configuration: configuration,
            resources: resources,
            stateStoreTypes: [StateStoreType(type: "state.fuzz") { _, _ in store }],
            appChannel: app
        )
        try await runtime.start()
        let life = Task { await runtime.run() }
        let deadline = ContinuousClock.now + .seconds(10)
        while (try? runtime.checkHealth(appID: nil)) == nil, ContinuousClock.now < deadline { await Task.yield() }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(SidecarHandler(runtime: runtime, bodyLimit: 20_000)))
        } catch {
            result = .failure(error)
        }
        _ = await runtime.stop()
        await life.value
        try result.get()
    }
}
