import Dapr
import DaprJSON
import TestSupport
import Testing

/// A job and the body that schedules it, as daprd 1.18 took it.
struct JobRow: Sendable, CustomTestStringConvertible {
    let job: Job
    var overwrite = false
    let body: String

    var testDescription: String { body }
}

struct JobsTests {
    static let rows: [JobRow] = [
        .init(
            job: Job(dueTime: .after(.seconds(1)), value: ["task": "t1"]),
            body: #"{"dueTime":"1s","data":{"task":"t1"}}"#
        ),
        .init(job: Job(dueTime: "0s", value: "text"), body: #"{"dueTime":"0s","data":"text"}"#),
        .init(job: Job(dueTime: .after(.zero)), overwrite: true, body: #"{"dueTime":"0s","overwrite":true}"#),
        .init(
            job: Job(schedule: .every(.seconds(1)), repeats: 2, value: 7),
            body: #"{"schedule":"@every 1s","repeats":2,"data":7}"#
        ),
        .init(
            job: Job(dueTime: .at(DaprTimestamp(millisecondsSince1970: 1_788_220_800_000)), value: 1),
            overwrite: true,
            body: #"{"dueTime":"2026-09-01T00:00:00Z","data":1,"overwrite":true}"#
        ),
        .init(
            job: Job(dueTime: "0s", value: 1, failurePolicy: .constant(interval: .seconds(1), maxRetries: 3)),
            body: #"{"dueTime":"0s","data":1,"failurePolicy":{"constant":{"interval":"1s","maxRetries":3}}}"#
        ),
        .init(
            job: Job(schedule: .cron("0 30 * * * *"), ttl: .after(.milliseconds(1500)), failurePolicy: .drop),
            body: #"{"schedule":"0 30 * * * *","ttl":"1.5s","failurePolicy":{"drop":{}}}"#
        ),
        .init(
            job: Job(dueTime: "1h", json: Array("null".utf8), failurePolicy: .constant(interval: nil, maxRetries: nil)),
            body: #"{"dueTime":"1h","data":null,"failurePolicy":{"constant":{}}}"#
        ),
    ]

    @Test(arguments: rows)
    func `a job is scheduled with what it needs`(row: JobRow) async throws {
        let stub = StubTransport(.status(204))
        try await DaprClient(transport: stub).scheduleJob("once a day", row.job, overwrite: row.overwrite)
        let request = try #require(stub.requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/v1.0/jobs/once%20a%20day")
        #expect(request.header("content-type") == "application/json")
        #expect(request.bodyText == row.body)
        #expect(!request.mayRepeat)
    }

    @Test(arguments: [
        Job(), Job(json: [0x31]), Job(dueTime: "1s", repeats: 2), Job(schedule: "@daily", repeats: 0),
        Job(schedule: "@daily", repeats: -1), Job(schedule: "@daily", repeats: 1 << 32), Job(dueTime: "1s", ttl: "1h"),
        Job(dueTime: "1s", json: []),
        Job(dueTime: "1s", failurePolicy: .constant(interval: .seconds(-1), maxRetries: nil)),
        Job(dueTime: "1s", failurePolicy: .constant(interval: nil, maxRetries: -1)),
    ])
    func `a job that the scheduler would refuse is not sent`(job: Job) async throws {
        let stub = StubTransport()
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).scheduleJob("j", job)
        }
        #expect(error.kind == .invalidArgument)
        #expect(stub.requests.isEmpty)
    }

    @Test(arguments: ["", "a/b", "a\\b", "a#b", "a?b", "a\u{0}", "a\nb"])
    func `a name that the scheduler would refuse is not sent`(name: String) async throws {
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub)
        let calls: [() async throws -> Void] = [
            { try await dapr.scheduleJob(JobName(name), Job(dueTime: "1s")) },
            { _ = try await dapr.getJob(JobName(name)) },
            { try await dapr.deleteJob(JobName(name)) },
        ]
        for call in calls {
            let error = try await #require(throws: DaprError.self) { try await call() }
            #expect(error.kind == .invalidArgument)
        }
        #expect(stub.requests.isEmpty)
    }

    @Test(arguments: [
        (
            409, "DAPR_SCHEDULER_SCHEDULE_JOB",
            "failed to schedule job due to: rpc error: code = AlreadyExists desc = job already exists: 'app||default||contract||j'",
            DaprError.Kind.alreadyExists, false
        ),
        (400, "DAPR_SCHEDULER_SCHEDULE_EMPTY", "Schedule is empty", .refused, false),
        (
            500, "DAPR_SCHEDULER_SCHEDULE_JOB",
            "failed to schedule job due to: rpc error: code = Unknown desc = job failed validation: due time format not recognized",
            .refused, false
        ),
        (
            500, "DAPR_SCHEDULER_SCHEDULE_JOB",
            "failed to schedule job due to: rpc error: code = Unavailable desc = job failed validation: no",
            .outcomeUnknown, true
        ),
        (500, "DAPR_SCHEDULER_SCHEDULE_JOB", "scheduler clients are disabled", .outcomeUnknown, true),
        (400, "ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: proto: unexpected EOF", .refused, false),
        (404, "ERR_DIRECT_INVOKE", "failed getting app id", .notFound, false),
    ])
    func `a refusal says whether the job may be scheduled`(
        status: Int,
        code: String,
        message: String,
        kind: DaprError.Kind,
        unknown: Bool
    ) async throws {
        let stub = StubTransport(.json(status, #"{"errorCode":"\#(code)","message":"\#(message)"}"#))
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).scheduleJob("j", Job(dueTime: "1s"))
        }
        #expect(error.kind == kind)
        #expect(error.outcomeUnknown == unknown)
        #expect(error.errorCode == code)
        #expect(error.operation == "POST jobs/{name}")
    }

    @Test func `a job reads back with its data unwrapped`() async throws {
        let value = "type.googleapis.com/google.protobuf.Value"
        let stub = StubTransport(
            .json(
                200,
                #"{"name":"once","dueTime":"1s","data":{"@type":"\#(value)","value":{"task":"t1"}},"#
                    + #""failurePolicy":{"constant":{"interval":"1s","maxRetries":3}}}"#
            ),
            .json(200, #"{"name":"j","schedule":"@daily","repeats":5,"ttl":"48h","failurePolicy":{"drop":{}}}"#),
            .json(
                200,
                #"{"name":"j","dueTime":"1s","data":{"@type":"type.googleapis.com/google.protobuf.StringValue","value":"x"}}"#
            )
        )
        let dapr = DaprClient(transport: stub)
        let policy = JobFailurePolicy.constant(interval: .seconds(1), maxRetries: 3)
        #expect(try await dapr.getJob("once") == Job(dueTime: "1s", value: ["task": "t1"], failurePolicy: policy))
        #expect(stub.requests.first?.method == "GET" && stub.requests.first?.path == "/v1.0/jobs/once")
        #expect(stub.requests.first?.mayRepeat == true)
        #expect(try await dapr.getJob("j") == Job(schedule: "@daily", repeats: 5, ttl: "48h", failurePolicy: .drop))
        let other: JSONValue = ["@type": "type.googleapis.com/google.protobuf.StringValue", "value": "x"]
        #expect(try await dapr.getJob("j")?.json == other.serialized())
    }

    @Test(arguments: [
        ("failed to get job due to: rpc error: code = NotFound desc = job not found: gone", true),
        ("failed to get job due to: rpc error: code = NotFound desc = job not found: other", false),
        ("failed to get job due to: rpc error: code = Unavailable desc = down", false),
    ])
    func `a job that is not there is nil, a fault is not`(message: String, missing: Bool) async throws {
        let stub = StubTransport(.json(500, #"{"errorCode":"DAPR_SCHEDULER_GET_JOB","message":"\#(message)"}"#))
        let dapr = DaprClient(transport: stub)
        if missing {
            #expect(try await dapr.getJob("gone") == nil)
        } else {
            let error = try await #require(throws: DaprError.self) { try await dapr.getJob("gone") }
            #expect(error.kind == .refused)
        }
    }

    @Test(arguments: ["[]", "<html>", #"{"failurePolicy":{"constant":{"interval":"soon"}}}"#, #"{"failurePolicy":{}}"#])
    func `an answer that is no job is unreadable`(body: String) async throws {
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: StubTransport(.json(200, body))).getJob("j")
        }
        #expect(error.kind == .unreadableAnswer)
    }

    @Test func `a job is deleted by its name`() async throws {
        let stub = StubTransport(.status(204))
        try await DaprClient(transport: stub).deleteJob("gone")
        #expect(stub.requests.first?.method == "DELETE" && stub.requests.first?.path == "/v1.0/jobs/gone")
        #expect(stub.requests.first?.body == nil)
    }

    @Test(arguments: [
        ("/job/once", "once"), ("/job/once%20a%20day", "once a day"), ("/job/%D0%BA", "к"), ("/job/a+b?x=1", "a+b"),
    ])
    func `a trigger names its job`(path: String, name: String) throws {
        let trigger = try JobTrigger(path: path, body: Array(#"{"task":"t1"}"#.utf8))
        #expect(trigger.name == JobName(name))
        #expect(try trigger.decodedData([String: String].self) == ["task": "t1"])
    }

    @Test(arguments: ["/job/", "/job", "/jobs/a", "/job/a/b", "/job/a%2Fb", "/job/%zz", "/job/%4", "/job/%FF"])
    func `another path is no trigger`(path: String) {
        #expect(throws: DeliveryError.otherPath(expected: "/job/{name}")) { try JobTrigger(path: path, body: []) }
    }

    @Test func `a trigger without data says so, and one with null has null`() throws {
        let empty = try JobTrigger(path: "/job/j", body: [])
        #expect(empty.data == nil)
        #expect(throws: DeliveryError.noData) { try empty.decodedData(Int.self) }
        #expect(try JobTrigger(path: "/job/j", body: Array("null".utf8)).decodedData(Int?.self) == nil)
        #expect(JobAnswer.allCases.map(\.status) == [200, 500])
    }
}
