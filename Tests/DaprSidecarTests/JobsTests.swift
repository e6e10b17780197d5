import DaprJSON
import DaprSidecar
import Synchronization
import Testing

/// The jobs building block: what it answers, what the application gets, and what is left after a restart.
@Suite struct JobsTests {
    @Test func `a job comes to the application once and is gone`() async throws {
        let app = StubApp(answers: ["/job/a%20b": [.text(200)]])
        let events = Events()
        let configuration = configured { $0.appAPIToken = "secret" }
        try await withSidecar([:], app: app, configuration: configuration, events: events) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.schedule("a b", #"{"dueTime":"0s","data":{"b":1e2,"a":"<&>"}}"#)
            let delivery = try #require(await app.deliveries(atLeast: 1).first)
            #expect(delivery.method == "POST" && delivery.target == "/job/a%20b")
            #expect(String(decoding: delivery.body, as: UTF8.self) == #"{"a":"<&>","b":100}"#)
            #expect(delivery.header("content-type") == "application/json")
            #expect(delivery.header("dapr-api-token") == "secret" && delivery.header("traceparent") == nil)
            try await untilGone("a b", sidecar)
        }
        #expect(app.deliveries.count == 1)
        let files = events.map { event -> String? in
            if case .jobsKept(let file) = event { file ?? "memory" } else { nil }
        }
        #expect(files == ["memory"])
    }

    @Test func `a job is answered as it was sent, with the policy that holds`() async throws {
        try await withSidecar([:]) { sidecar in
            try await sidecar.schedule(
                "j",
                #"{"schedule":"@daily","repeats":5,"ttl":"48h","data":null,"overwrite":false,"x":1}"#
            )
            #expect(
                try sidecar.document("j")
                    == json(
                        """
                        {"name":"j","schedule":"@daily","repeats":5,"ttl":"48h",
                         "data":{"@type":"type.googleapis.com/google.protobuf.Value","value":null},
                         "failurePolicy":{"constant":{"interval":"1s","maxRetries":3}}}
                        """
                    )
            )
            try await sidecar.schedule("k", #"{"due_time":"1h","failure_policy":{"constant":{"interval":"1.5s"}}}"#)
            #expect(
                try sidecar.document("k")
                    == json(#"{"name":"k","dueTime":"1h","failurePolicy":{"constant":{"interval":"1.500s"}}}"#)
            )
            try await sidecar.schedule("l", #"{"dueTime":"1h","failurePolicy":{"drop":{}},"data":{"@type":"x"}}"#)
            #expect(
                try sidecar.document("l")
                    == json(
                        """
                        {"name":"l","dueTime":"1h","failurePolicy":{"drop":{}},
                         "data":{"@type":"type.googleapis.com/google.protobuf.Value","value":{"@type":"x"}}}
                        """
                    )
            )
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var body: String
        var name = "j"
        var status: Int
        var code: String
        var testDescription: String { "\(name) \(body)" }
    }

    @Test(arguments: [
        Refusal(body: "", status: 400, code: "DAPR_SCHEDULER_SCHEDULE_EMPTY"),
        Refusal(body: "null", status: 400, code: "DAPR_SCHEDULER_SCHEDULE_EMPTY"),
        Refusal(body: #"{"dueTime":null}"#, status: 400, code: "DAPR_SCHEDULER_SCHEDULE_EMPTY"),
        Refusal(body: #"{"name":"x"}"#, status: 400, code: "DAPR_SCHEDULER_JOB_NAME"),
        Refusal(body: "[]", status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"{"dueTime":"1s"} x"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"{"dueTime":5}"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"{"dueTime":"1s","repeats":-1}"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"{"dueTime":"1s","repeats":4294967296}"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"{"dueTime":"1s","overwrite":"yes"}"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(body: #"{"dueTime":"1s","failurePolicy":[]}"#, status: 400, code: "ERR_MALFORMED_REQUEST"),
        Refusal(
            body: #"{"dueTime":"1s","failurePolicy":{"drop":{},"constant":{}}}"#,
            status: 400,
            code: "ERR_MALFORMED_REQUEST"
        ),
        Refusal(
            body: #"{"dueTime":"1s","failurePolicy":{"constant":{"interval":"1m"}}}"#,
            status: 400,
            code: "ERR_MALFORMED_REQUEST"
        ),
        Refusal(body: #"{"schedule":"0 0 * * *"}"#, status: 500, code: "DAPR_SCHEDULER_SCHEDULE_JOB"),
        Refusal(body: #"{"dueTime":"1s","repeats":0}"#, status: 500, code: "DAPR_SCHEDULER_SCHEDULE_JOB"),
        Refusal(body: #"{"dueTime":"1h"}"#, name: "taken", status: 409, code: "DAPR_SCHEDULER_SCHEDULE_JOB"),
        Refusal(body: #"{"dueTime":"1h"}"#, name: "a/b", status: 500, code: "DAPR_SCHEDULER_SCHEDULE_JOB"),
        Refusal(body: #"{"dueTime":"1h"}"#, name: "a\0", status: 500, code: "DAPR_SCHEDULER_SCHEDULE_JOB"),
        Refusal(
            body: #"{"dueTime":"1h"}"#,
            name: String(repeating: "n", count: 600),
            status: 500,
            code: "DAPR_SCHEDULER_SCHEDULE_JOB"
        ),
    ])
    func `what is refused`(refusal: Refusal) async throws {
        try await withSidecar([:]) { sidecar in
            try await sidecar.schedule("taken", #"{"dueTime":"1h"}"#)
            let error = await #expect(throws: APIError.self) { try await sidecar.schedule(refusal.name, refusal.body) }
            #expect(error?.status == refusal.status && error?.errorCode == refusal.code)
        }
    }

    @Test func `a name that cannot be is refused for every call`() async throws {
        try await withSidecar([:]) { sidecar in
            #expect(throws: APIError.self) { try sidecar.document("a#b") }
            let error = await #expect(throws: APIError.self) { try await sidecar.deleteJob("a?b") }
            #expect(error?.errorCode == "DAPR_SCHEDULER_DELETE_JOB" && error?.status == 500)
            try await sidecar.deleteJob("unknown")
        }
    }

    @Test func `a failed run is tried again, one that the application does not know is done`() async throws {
        let app = StubApp(answers: ["/job/bad": [.text(500), .text(0), .text(200)], "/job/lost": [.text(404)]])
        let events = Events()
        try await withSidecar([:], app: app, events: events) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.schedule("bad", #"{"dueTime":"0s","failurePolicy":{"constant":{"maxRetries":5}}}"#)
            try await sidecar.schedule("lost", #"{"dueTime":"0s"}"#)
            try await untilGone("bad", sidecar)
            try await untilGone("lost", sidecar)
        }
        #expect(app.deliveries.map(\.target).sorted() == ["/job/bad", "/job/bad", "/job/bad", "/job/lost"])
        let failed = events.map { event -> String? in
            if case .jobFailed(_, let reason) = event { reason } else { nil }
        }
        #expect(failed == ["the application answered 500", "context deadline exceeded"])
        let unknown = events.map { event -> String? in if case .jobUnknown(let name) = event { name } else { nil } }
        #expect(unknown == ["lost"])
    }

    @Test func `nothing comes to an application that is unwell`() async throws {
        let app = StubApp(answers: ["/job/j": [.text(200)], "/job/k": [.text(200)]])
        var check = AppHealthCheck()
        check.interval = .milliseconds(1)
        check.threshold = 1
        let configuration = configured { $0.appHealthCheck = check }
        let events = Events()
        let surroundings = Fixed.surroundings(clock: { WallTime.now() })
        try await withSidecar([:], app: app, surroundings: surroundings, configuration: configuration, events: events) {
            sidecar in
            try await sidecar.schedule("j", #"{"dueTime":"0s"}"#)
            #expect(await app.deliveries(atLeast: 1).count == 1)
            app.setHealth([500])
            try await until { events.map { if case .appHealthChanged(false) = $0 { true } else { nil } } == [true] }
            try await sidecar.schedule("k", #"{"dueTime":"0s"}"#)
            try await Surroundings.wait(.milliseconds(50))
            #expect(app.deliveries.count == 1)
            app.setHealth([200])
            #expect(await app.deliveries(atLeast: 2).map(\.target) == ["/job/j", "/job/k"])
        }
    }

    @Test func `of many jobs that are due a hundred run at a time, and all of them in the end`() async throws {
        let app = StubApp()
        app.hold()
        try await withSidecar([:], app: app) { sidecar in
            try await untilReady(sidecar)
            for number in 0..<150 { try await sidecar.schedule("j\(number)", #"{"dueTime":"0s"}"#) }
            #expect(await app.deliveries(atLeast: 100).count == 100)
            app.release()
            #expect(Set(await app.deliveries(atLeast: 150).map(\.target)).count == 150)
            for number in 0..<150 { try await untilGone("j\(number)", sidecar) }
        }
        #expect(app.deliveries.count == 150)
    }

    @Test func `after the end no job is taken that would not be kept`() async throws {
        let store = MemoryJobs()
        let ended = Mutex(SidecarRuntime?.none)
        try await withJobs(store, app: nil, Surroundings()) { sidecar in ended.withLock { $0 = sidecar } }
        let sidecar = try #require(ended.withLock { $0 })
        let error = await #expect(throws: APIError.self) { try await sidecar.schedule("j", #"{"dueTime":"1h"}"#) }
        #expect(error?.status == 500 && store.names == [])
    }

    @Test func `a job that is overwritten while it runs keeps its new form`() async throws {
        let app = StubApp(answers: ["/job/j": [.text(200)]])
        app.hold()
        try await withSidecar([:], app: app) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.schedule("j", #"{"dueTime":"0s"}"#)
            _ = await app.deliveries(atLeast: 1)
            try await sidecar.schedule("j", #"{"dueTime":"1h","overwrite":true}"#)
            app.release()
            try await Surroundings.wait(.milliseconds(20))
            #expect(try sidecar.document("j")?["dueTime"] == "1h")
        }
        #expect(app.deliveries.count == 1)
    }

    @Test func `jobs are taken up where they were, and missed runs come one after another`() async throws {
        let store = MemoryJobs()
        let clock = Mutex(WallTime(seconds: 1_767_225_600))
        let tick = Surroundings(
            now: { clock.withLock { $0 } },
            sleep: { _ throws(CancellationError) in
                try await Surroundings.wait(.milliseconds(1))
            }
        )
        try await withJobs(store, app: nil, tick) { sidecar in
            try await sidecar.schedule("every", #"{"schedule":"@every 10s","repeats":3,"data":1}"#)
            try await sidecar.schedule("once", #"{"dueTime":"5s"}"#)
            try await sidecar.schedule("gone", #"{"dueTime":"5s"}"#)
            try await sidecar.deleteJob("gone")
            try await sidecar.schedule("later", #"{"dueTime":"2h"}"#)
        }
        clock.withLock { $0 = $0.adding(seconds: 3600) }
        let app = StubApp(answers: ["/job/every": [.text(200)], "/job/once": [.text(200)]])
        try await withJobs(store, app: app, tick) { sidecar in
            try await untilGone("every", sidecar)
            try await untilGone("once", sidecar)
            #expect(app.deliveries.map(\.target).sorted() == ["/job/every", "/job/every", "/job/every", "/job/once"])
            #expect(try sidecar.document("later")?["dueTime"] == "2h")
        }
        #expect(store.names == ["later"])
    }

    @Test func `a job that cannot be kept is refused, and is not there`() async throws {
        let store = MemoryJobs()
        try await withJobs(store, app: nil, Surroundings()) { sidecar in
            store.breakDown()
            let error = await #expect(throws: APIError.self) { try await sidecar.schedule("j", #"{"dueTime":"1h"}"#) }
            #expect(error?.status == 500 && error?.message.contains("the disk is full") == true)
            #expect(throws: APIError.self) { try sidecar.document("j") }
            let deletion = await #expect(throws: APIError.self) { try await sidecar.deleteJob("j") }
            #expect(deletion?.errorCode == "DAPR_SCHEDULER_DELETE_JOB")
        }
    }
}

/// A job store in memory that outlives the sidecars of a test.
private final class MemoryJobs: JobStore {
    private let state = Mutex<(jobs: [String: KeptJob], isBroken: Bool)>(([:], false))

    var names: [String] { state.withLock { $0.jobs.keys.sorted() } }

    func breakDown() { state.withLock { $0.isBroken = true } }

    func all() async throws(JobStoreError) -> [KeptJob] { state.withLock { Array($0.jobs.values) } }

    func submit(_ change: JobChange, done: @escaping @Sendable (JobStoreError?) -> Void) {
        let error: JobStoreError? = state.withLock { state in
            if state.isBroken { return JobStoreError("the disk is full") }
            switch change {
            case .keep(let job): state.jobs[job.name] = job
            case .forget(let name): state.jobs[name] = nil
            }
            return nil
        }
        done(error)
    }

    func close() async {}
}

private func withJobs(
    _ store: MemoryJobs,
    app: StubApp?,
    _ surroundings: Surroundings,
    _ body: (SidecarRuntime) async throws -> Void
) async throws {
    let sidecar = SidecarRuntime(
        configuration: configured {
            $0.jobsFile = "jobs"
            $0.appPort = app == nil ? nil : 8080
        },
        jobStoreType: JobStoreType { _, _, _ in store },
        appChannel: app,
        surroundings: surroundings
    )
    try await sidecar.start()
    let life = Task { await sidecar.run() }
    try await body(sidecar)
    _ = await sidecar.stop()
    await life.value
}

private func untilGone(_ name: String, _ sidecar: SidecarRuntime) async throws {
    try await until { (try? sidecar.document(name)) == nil }
}

private func until(_ isTrue: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while !isTrue() {
        try #require(ContinuousClock.now < deadline)
        await Task.yield()
    }
}

extension SidecarRuntime {
    fileprivate func schedule(_ name: String, _ body: String) async throws(APIError) {
        try await scheduleJob(name, body: Array(body.utf8))
    }

    fileprivate func document(_ name: String) throws(APIError) -> JSONValue? {
        let bytes = try job(name)
        return try? JSONValue(parsing: bytes)
    }
}
