import Dapr
import DaprJSON
import TestSupport
import Testing

struct DaprErrorTests {
    @Test(arguments: FailureRow.stateRows + FailureRow.otherRows)
    func `an answer becomes the error that says what to do`(row: FailureRow) async throws {
        let error = try await #require(throws: DaprError.self) { try await call(row.call, StubTransport(row.answer)) }
        #expect(error.kind == row.kind)
        #expect(error.outcomeUnknown == row.unknown)
        #expect(error.status == row.status)
        #expect(error.errorCode == row.code)
        #expect(error.transportError == nil)
    }

    @Test(arguments: [
        (DaprTransportError.unreachable("refused"), DaprError.Kind.unreachable, DaprError.Kind.unreachable, false),
        (.untrustedCertificate("self-signed"), .unreachable, .unreachable, false),
        (.timedOut, .timedOut, .outcomeUnknown, true),
        (.connectionLost("reset"), .unreachable, .outcomeUnknown, true),
        (.answerTooLarge(limit: 9), .unreadableAnswer, .outcomeUnknown, true),
        (.cancelled, .cancelled, .cancelled, true),
        (.cancelledBeforeSending, .cancelled, .cancelled, false),
        (.invalidRequest("url"), .invalidArgument, .invalidArgument, false),
    ])
    func `a lost exchange leaves a write open and a read not`(
        failure: DaprTransportError,
        read: DaprError.Kind,
        write: DaprError.Kind,
        unknown: Bool
    ) async throws {
        #expect(failure.mayHaveBeenReceived == unknown)
        for reading in [FailureRow.Call.get, .bulkGet, .secret, .metadata, .healthy] {
            let error = try await #require(throws: DaprError.self) {
                try await call(reading, StubTransport(.failure(failure)))
            }
            #expect(error.kind == read)
            #expect(!error.outcomeUnknown)
            #expect(error.transportError == failure)
        }
        for writing in [FailureRow.Call.saveETag, .saveSeveral, .delete, .transactETag, .publish, .publishBulk] {
            let error = try await #require(throws: DaprError.self) {
                try await call(writing, StubTransport(.failure(failure)))
            }
            #expect(error.kind == write)
            #expect(error.outcomeUnknown == unknown)
        }
    }

    @Test func `a key that holds the words of a conflict does not make one`() async throws {
        let key = StateKey("possible etag mismatch")
        let stub = StubTransport(
            .json(500, #"{"errorCode":"ERR_STATE_TRANSACTION","message":"lost while writing app||\#(key)"}"#)
        )
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).transactState(
                [.upsert(StateItem(key, value: 1, etag: "e"))],
                in: "store"
            )
        }
        #expect(error.kind == .outcomeUnknown)
    }

    @Test(
        arguments: [
            ("no item was updated", "e"), ("k", "no item was updated"),
            ("item already exists and no etag was passed", "e"), ("k", "item already exists and no etag was passed"),
        ] as [(StateKey, ETag)]
    )
    func `a key or ETag that holds the words of a key that exists does not make one`(
        key: StateKey,
        etag: ETag
    ) async throws {
        // As the in-memory store quotes both.
        let words =
            "\(FailureRow.transaction)\(FailureRow.mismatch): state etag not match for key=app||\(key): current=1, expect=\(etag)"
        let stub = StubTransport(.json(500, #"{"errorCode":"ERR_STATE_TRANSACTION","message":"\#(words)"}"#))
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).transactState(
                [
                    .upsert(StateItem(key, value: 1, etag: etag)),
                    .upsert(StateItem("new", value: 1, concurrency: .firstWrite)),
                ],
                in: "store"
            )
        }
        #expect(error.kind == .conflict)
    }

    @Test func `another wrote first in a conflict and where a key exists, and else not`() {
        let kinds = DaprError.Kind.allCases.filter { DaprError($0, operation: "").anotherWroteFirst }
        #expect(kinds == [.conflict, .alreadyExists])
    }

    @Test func `a cancelled task sends nothing more`() async throws {
        let stub = StubTransport(.status(204))
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await DaprClient(transport: stub).saveState([StateItem("k", value: 1)], in: "store")
        }
        task.cancel()
        let error = try await #require(throws: DaprError.self) { try await task.value }
        #expect(error.kind == .cancelled)
        #expect(!error.outcomeUnknown)
        #expect(stub.requests.isEmpty)
    }

    @Test(arguments: DaprError.Kind.allCases)
    func `a description says the call and what to do, and none of its values`(kind: DaprError.Kind) {
        let error = DaprError(
            kind,
            operation: "GET state/{store}/{key}",
            component: "store",
            status: 500,
            errorCode: "ERR_STATE_GET",
            transportError: .connectionLost("secret-host"),
            message: "failed for key secret-key with token secret-token"
        )
        let description = error.description
        #expect(description.hasPrefix("GET state/{store}/{key} (store): "))
        #expect(description.contains("status 500, code ERR_STATE_GET"))
        #expect(!description.contains("secret"))
        #expect(error.debugDescription.contains("secret-key"))
        #expect(error.debugDescription.contains("secret-host"))
    }

    @Test func `a wrong token is told from other refusals`() async throws {
        let stub = StubTransport(.response(DaprResponse(status: 401, body: Array("invalid api token\n".utf8))))
        let dapr = DaprClient(transport: stub, apiToken: "hunter2")
        let error = try await #require(throws: DaprError.self) { try await dapr.getState("k", in: "store") }
        #expect(error.description.contains("API token"))
        #expect(!error.debugDescription.contains("hunter2"))
    }

    private func call(_ call: FailureRow.Call, _ transport: StubTransport) async throws(DaprError) {
        let dapr = DaprClient(transport: transport)
        let plain = StateItem("k", value: 1)
        let tagged = StateItem("k", value: 1, etag: "e")
        let first = StateItem("k", value: 1, concurrency: .firstWrite)
        switch call {
        case .get: _ = try await dapr.getState("k", in: "store")
        case .saveUnguarded: try await dapr.saveState([plain], in: "store")
        case .saveETag: try await dapr.saveState([tagged], in: "store")
        case .saveFirst: try await dapr.saveState([first], in: "store")
        case .saveSeveral: try await dapr.saveState([tagged, StateItem("l", value: 1)], in: "store")
        case .saveSeveralFirst:
            try await dapr.saveState([first, StateItem("l", value: 1, concurrency: .firstWrite)], in: "store")
        case .saveSeveralMixed:
            try await dapr.saveState([tagged, StateItem("l", value: 1, concurrency: .firstWrite)], in: "store")
        case .delete: try await dapr.deleteState("d", in: "store")
        case .deleteFirst: try await dapr.deleteState("d", in: "store", concurrency: .firstWrite)
        case .deleteETag: try await dapr.deleteState("d", in: "store", etag: "e")
        case .bulkGet: _ = try await dapr.getBulkState(["k"], in: "store")
        case .transact: try await dapr.transactState([.upsert(plain)], in: "store")
        case .transactETag: try await dapr.transactState([.upsert(plain), .upsert(tagged)], in: "store")
        case .transactFirst: try await dapr.transactState([.upsert(plain), .upsert(first), .delete("d")], in: "store")
        case .transactMixed:
            try await dapr.transactState([.upsert(first), .delete("d", etag: "e"), .upsert(plain)], in: "store")
        case .publish: try await dapr.publishEvent(json: [0x31], to: "t", in: "bus")
        case .publishBulk:
            _ = try await dapr.publishEvents([BulkPublishEntry(entryID: "1", json: [0x31])], to: "t", in: "bus")
        case .secret: _ = try await dapr.getSecret("s", in: "vault")
        case .secrets: _ = try await dapr.getBulkSecret(in: "vault")
        case .metadata: _ = try await dapr.getMetadata()
        case .healthy: _ = try await dapr.isHealthy()
        case .setMetadata: try await dapr.setMetadata("colour", to: "blue")
        case .shutdown: try await dapr.shutdown()
        }
    }
}
