import Dapr
import TestSupport
import Testing

struct LockTests {
    @Test func `a lock is taken for whole seconds`() async throws {
        let stub = StubTransport(.json(200, #"{"success":true}"#), .json(200, #"{"success":false}"#))
        let dapr = DaprClient(transport: stub)
        #expect(try await dapr.tryLock("res/1", in: "locks", owner: "a", expiry: .seconds(60)))
        #expect(try await !dapr.tryLock("res/1", in: "locks", owner: "b", expiry: .milliseconds(1500)))
        #expect(stub.requests.map(\.method) == ["POST", "POST"])
        #expect(stub.requests.map(\.path) == ["/v1.0-alpha1/lock/locks", "/v1.0-alpha1/lock/locks"])
        #expect(stub.requests.map { $0.header("content-type") } == ["application/json", "application/json"])
        #expect(
            stub.requests.map(\.bodyText) == [
                #"{"resourceId":"res/1","lockOwner":"a","expiryInSeconds":60}"#,
                #"{"resourceId":"res/1","lockOwner":"b","expiryInSeconds":2}"#,
            ]
        )
        #expect(stub.requests.allSatisfy { !$0.mayRepeat })
    }

    @Test(arguments: [
        (0, UnlockResult.success), (1, .lockDoesNotExist), (2, .lockBelongsToOthers), (3, .internalError),
    ])
    func `an unlock says what came of it`(status: Int, result: UnlockResult) async throws {
        let stub = StubTransport(.json(200, #"{"status":\#(status)}"#))
        #expect(try await DaprClient(transport: stub).unlock("res", in: "locks", owner: "a") == result)
        #expect(stub.requests.first?.method == "POST")
        #expect(stub.requests.first?.path == "/v1.0-alpha1/unlock/locks")
        #expect(stub.requests.first?.bodyText == #"{"resourceId":"res","lockOwner":"a"}"#)
    }

    @Test(arguments: ["{}", "[]", "<html>", #"{"status":4}"#, #"{"status":-1}"#, #"{"status":"0"}"#, #"{"success":1}"#])
    func `another answer is unreadable, and the lock may be held`(body: String) async throws {
        let dapr = DaprClient(transport: StubTransport(.json(200, body), .json(200, body)))
        let calls: [() async throws -> Void] = [
            { _ = try await dapr.tryLock("res", in: "locks", owner: "a", expiry: .seconds(1)) },
            { _ = try await dapr.unlock("res", in: "locks", owner: "a") },
        ]
        for call in calls {
            let error = try await #require(throws: DaprError.self) { try await call() }
            #expect(error.kind == .unreadableAnswer)
            #expect(error.outcomeUnknown)
        }
    }

    @Test(arguments: [
        (400, "ERR_LOCK_STORE_NOT_FOUND", "lock store none not found", DaprError.Kind.notConfigured),
        (500, "ERR_LOCK_STORE_NOT_CONFIGURED", "lock store is not configured", .notConfigured),
        (400, "ERR_MALFORMED_REQUEST", "LockOwner is empty in lock store locks", .refused),
        (500, "ERR_TRY_LOCK", "failed to try acquiring lock: down", .outcomeUnknown),
        (500, "ERR_UNLOCK", "failed to release lock: down", .outcomeUnknown),
    ])
    func `a refusal says whether the lock may be held`(
        status: Int,
        code: String,
        message: String,
        kind: DaprError.Kind
    ) async throws {
        let answer = StubTransport.Answer.json(status, #"{"errorCode":"\#(code)","message":"\#(message)"}"#)
        let dapr = DaprClient(transport: StubTransport(answer, answer))
        let first = try await #require(throws: DaprError.self) {
            try await dapr.tryLock("x", in: "none", owner: "a", expiry: .seconds(1))
        }
        let second = try await #require(throws: DaprError.self) { try await dapr.unlock("x", in: "none", owner: "a") }
        for error in [first, second] {
            #expect(error.kind == kind)
            #expect(error.outcomeUnknown == (kind == .outcomeUnknown))
            #expect(error.errorCode == code && error.component == "none")
        }
    }

    @Test(arguments: [
        ("", "r", "o", Duration.seconds(1)), ("s", "", "o", .seconds(1)), ("s", "r", "", .seconds(1)),
        ("s", "r", "o", .zero), ("s", "r", "o", .seconds(-1)), ("s", "r", "o", .seconds(1 << 31)),
    ])
    func `a lock that the sidecar would refuse is not sent`(
        store: String,
        resource: String,
        owner: String,
        expiry: Duration
    ) async throws {
        let stub = StubTransport()
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub)
                .tryLock(LockResourceID(resource), in: LockStoreName(store), owner: LockOwner(owner), expiry: expiry)
        }
        #expect(error.kind == .invalidArgument)
        #expect(stub.requests.isEmpty)
    }
}
