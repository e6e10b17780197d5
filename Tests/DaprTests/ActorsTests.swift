import Dapr
import DaprJSON
import TestSupport
import Testing

/// A call about the actor `counter/1`: what is sent, as daprd 1.18 took it.
struct ActorRow: Sendable, CustomTestStringConvertible {
    let method: String
    let path: String
    var body: String?
    var mayRepeat = false
    var answer = StubTransport.Answer.status(204)
    let call: @Sendable (DaprClient) async throws -> Void

    var testDescription: String { "\(method) \(path) \(body ?? "")" }
}

struct ActorsTests {
    private static let actor = ActorReference(type: "counter", id: "1")

    static let rows: [ActorRow] = [
        .init(method: "POST", path: "/method/add", body: #"{"by":1}"#, answer: .json(200, #"{"n":1}"#)) {
            let answer = try await $0.invokeActor(actor, method: "add", json: Array(#"{"by":1}"#.utf8))
            #expect(answer.body == Array(#"{"n":1}"#.utf8))
        },
        .init(method: "POST", path: "/method/a%20b", answer: .status(200)) {
            _ = try await $0.invokeActor(actor, method: "a b")
        },
        .init(
            method: "POST",
            path: "/state",
            body: #"[{"operation":"upsert","request":{"key":"n","value":5}},"#
                + #"{"operation":"upsert","request":{"key":"m","value":{"a":1}}}]"#
        ) { try await $0.transactActorState([.upsert("n", value: 5), .upsert("m", value: ["a": 1])], of: actor) },
        .init(method: "POST", path: "/state", body: #"[{"operation":"delete","request":{"key":"n"}}]"#) {
            try await $0.transactActorState([.delete("n")], of: actor)
        },
        .init(
            method: "POST",
            path: "/state",
            body: #"[{"operation":"upsert","request":{"key":"t","value":1,"metadata":{"ttlInSeconds":"1"}}}]"#
        ) { try await $0.transactActorState([.upsert("t", value: 1, ttl: .milliseconds(600))], of: actor) },
        .init(method: "GET", path: "/state/n", mayRepeat: true, answer: .json(200, "5")) {
            let entry = try await $0.getActorState("n", of: actor)
            #expect(try entry?.decoded(Int.self) == 5)
            #expect(entry?.etag == nil && entry?.expires == nil)
        },
        .init(
            method: "GET",
            path: "/state/a%2Fb",
            mayRepeat: true,
            answer: .json(200, "5", headers: [("metadata.ttlexpiretime", "2026-08-14T10:00:00Z")])
        ) {
            let found = try await $0.getActorState("a/b", of: actor)
            #expect(found?.expires == DaprTimestamp(parsing: "2026-08-14T10:00:00Z"))
        },
        .init(method: "GET", path: "/state/none", mayRepeat: true) {
            let found = try await $0.getActorState("none", of: actor)
            #expect(found == nil)
        },
        .init(method: "POST", path: "/reminders/later", body: #"{"dueTime":"1s","data":{"x":1}}"#) {
            try await $0.registerActorReminder(
                "later",
                of: actor,
                ActorSchedule(dueTime: .after(.seconds(1)), value: ["x": 1])
            )
        },
        .init(
            method: "POST",
            path: "/reminders/kept",
            body: #"{"dueTime":"1h","period":"PT1H","ttl":"48h","data":1,"overwrite":false}"#
        ) {
            let reminder = ActorSchedule(dueTime: "1h", period: "PT1H", ttl: "48h", value: 1)
            try await $0.registerActorReminder("kept", of: actor, reminder, overwrite: false)
        },
        .init(
            method: "GET",
            path: "/reminders/kept",
            mayRepeat: true,
            answer: .json(
                200,
                #"{"actorID":"1","actorType":"counter","data":1,"dueTime":"1h","period":"@every 1h0m0s"}"#
            )
        ) {
            let reminder = try await $0.getActorReminder("kept", of: actor)
            #expect(reminder == ActorSchedule(dueTime: "1h", period: "@every 1h0m0s", value: 1))
        },
        .init(
            method: "GET",
            path: "/reminders/kept",
            mayRepeat: true,
            answer: .json(
                404,
                #"{"errorCode":"ERR_ACTOR_REMINDER_NOT_FOUND","message":"actor reminder not found: kept"}"#
            )
        ) {
            let found = try await $0.getActorReminder("kept", of: actor)
            #expect(found == nil)
        },
        .init(method: "DELETE", path: "/reminders/kept") { try await $0.unregisterActorReminder("kept", of: actor) },
        .init(method: "POST", path: "/timers/soon", body: #"{"dueTime":"0h0m1s0ms","data":"t","callback":"tick"}"#) {
            let timer = ActorSchedule(dueTime: "0h0m1s0ms", value: "t")
            try await $0.registerActorTimer("soon", of: actor, timer, callback: "tick")
        },
        .init(method: "DELETE", path: "/timers/soon") { try await $0.unregisterActorTimer("soon", of: actor) },
    ]

    @Test(arguments: rows)
    func `a call about an actor goes out as Dapr has it`(row: ActorRow) async throws {
        let stub = StubTransport(row.answer)
        try await row.call(DaprClient(transport: stub))
        let request = try #require(stub.requests.first)
        #expect(request.method == row.method)
        #expect(request.path == "/v1.0/actors/counter/1" + row.path)
        #expect(request.body.map { String(decoding: $0, as: UTF8.self) } == row.body)
        #expect(request.header("content-type") == (row.body == nil ? nil : "application/json"))
        #expect(request.mayRepeat == row.mayRepeat)
    }

    @Test(arguments: [
        (
            "error invoke actor method: error from actor service: (500) {\\\"error\\\":\\\"no\\\"}",
            DaprError.Kind.outcomeUnknown
        ),
        ("error invoke actor method: actor method not found: actors/counter/1/method/none", .notFound),
        ("error invoke actor method: actor method not found: actors/counter/1/method/other", .outcomeUnknown),
        (
            "error invoke actor method: failed to lookup actor: api error: code = FailedPrecondition desc = did not find address for actor 'counter/1'",
            .notFound
        ),
        ("error invoke actor method: did not find address for actor 'counter/1'", .outcomeUnknown),
    ])
    func `a method that failed says whether it may have run`(message: String, kind: DaprError.Kind) async throws {
        let stub = StubTransport(.json(500, #"{"errorCode":"ERR_ACTOR_INVOKE_METHOD","message":"\#(message)"}"#))
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).invokeActor(Self.actor, method: "none")
        }
        #expect(error.kind == kind)
        #expect(error.outcomeUnknown == (kind == .outcomeUnknown))
        #expect(error.errorCode == "ERR_ACTOR_INVOKE_METHOD" && error.component == "counter")
    }

    @Test func `an error that the host marks as its own comes back`() async throws {
        let stub = StubTransport(.json(409, "{}", headers: [("x-daprerrorresponseheader", "true")]))
        let answer = try await DaprClient(transport: stub).invokeActor(
            Self.actor,
            method: "add",
            headers: [("Content-Type", "text/plain"), ("x-own", "there")],
            json: [0x31]
        )
        #expect(answer.status == 409)
        #expect(stub.requests.first?.headers.map(\.name) == ["Content-Type", "x-own"])
    }

    @Test(arguments: [
        (
            500, "ERR_ACTOR_STATE_TRANSACTION_SAVE",
            "error saving actor transaction state: ttlInSeconds is not supported without the \\\"ActorStateTTL\\\" feature enabled",
            DaprError.Kind.refused
        ),
        (500, "ERR_ACTOR_STATE_TRANSACTION_SAVE", "error saving actor transaction state: down", .outcomeUnknown),
        (400, "ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: unexpected EOF", .refused),
    ])
    func `a state transaction that failed says whether it may have happened`(
        status: Int,
        code: String,
        message: String,
        kind: DaprError.Kind
    ) async throws {
        let stub = StubTransport(.json(status, #"{"errorCode":"\#(code)","message":"\#(message)"}"#))
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).transactActorState(
                [.upsert("t", value: 1, ttl: .seconds(1))],
                of: Self.actor
            )
        }
        #expect(error.kind == kind && error.errorCode == code)
        #expect(error.outcomeUnknown == (kind == .outcomeUnknown))
    }

    @Test func `a reminder whose name is taken exists already`() async throws {
        let stub = StubTransport(.json(409, #"{"errorCode":"ERR_ACTOR_REMINDER_ALREADY_EXISTS","message":"exists"}"#))
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub)
                .registerActorReminder("kept", of: Self.actor, ActorSchedule(), overwrite: false)
        }
        #expect(error.kind == .alreadyExists)
        #expect(!error.outcomeUnknown)
    }

    @Test func `an empty transaction sends nothing`() async throws {
        let stub = StubTransport()
        try await DaprClient(transport: stub).transactActorState([], of: Self.actor)
        #expect(stub.requests.isEmpty)
    }

    @Test func `what the sidecar would misunderstand is not sent`() async throws {
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub)
        let actor = Self.actor
        let calls: [() async throws -> Void] = [
            { _ = try await dapr.invokeActor(ActorReference(type: "", id: "1"), method: "m") },
            { _ = try await dapr.invokeActor(ActorReference(type: "t", id: ""), method: "m") },
            { _ = try await dapr.invokeActor(actor, method: "") },
            { _ = try await dapr.invokeActor(actor, method: "a/b") },
            { _ = try await dapr.getActorState("", of: actor) },
            { try await dapr.transactActorState([.delete("a||b")], of: actor) },
            { try await dapr.transactActorState([.upsert("a", json: [])], of: actor) },
            { try await dapr.transactActorState([.upsert("a", value: 1, ttl: .zero)], of: actor) },
            { try await dapr.registerActorReminder("", of: actor, ActorSchedule()) },
            { try await dapr.registerActorReminder("r", of: actor, ActorSchedule(json: [])) },
            { try await dapr.registerActorTimer("", of: actor, ActorSchedule()) },
            { _ = try await dapr.getActorReminder("", of: actor) },
            { try await dapr.unregisterActorTimer("", of: actor) },
        ]
        for call in calls {
            let error = try await #require(throws: DaprError.self) { try await call() }
            #expect(error.kind == .invalidArgument)
        }
        #expect(stub.requests.isEmpty)
    }
}
