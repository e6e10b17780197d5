import Dapr
import JSON
import TestSupport
import Testing

/// What a recorded failure must become: the calls it can follow, and what the error says.
struct FailureRow: Sendable, CustomTestStringConvertible {
    enum Call: Sendable {
        case get, saveUnguarded, saveETag, saveFirst, saveSeveral, delete, deleteETag, bulkGet, transact, transactETag
        case transactFirst, publish, publishBulk, secret, secrets, metadata, healthy, setMetadata, shutdown
    }

    let call: Call
    let status: Int
    let code: String?
    let message: String
    let kind: DaprError.Kind
    var unknown = false

    init(
        _ call: Call,
        _ status: Int,
        _ code: String?,
        _ message: String,
        _ kind: DaprError.Kind,
        unknown: Bool = false
    ) {
        self.call = call
        self.status = status
        self.code = code
        self.message = message
        self.kind = kind
        self.unknown = unknown
    }

    var testDescription: String { "\(call) \(status) \(code ?? "-") \(message.prefix(60))" }

    var answer: StubTransport.Answer {
        guard let code else { return .response(DaprResponse(status: status, body: Array(message.utf8))) }
        return .json(status, #"{"errorCode":"\#(code)","message":"\#(message)","details":[{"metadata":null}]}"#)
    }
}

struct DaprErrorTests {
    private static let save = "failed saving state in state store store: "
    private static let delete = "failed deleting state with key d: "
    private static let transaction = "error while executing state transaction: "
    private static let mismatch = "possible etag mismatch. error from state store"

    static let stateRows: [FailureRow] = [
        // A component that is missing, at every call.
        .init(.get, 500, "ERR_STATE_STORE_NOT_CONFIGURED", "state store store is not configured", .notConfigured),
        .init(.get, 400, "ERR_STATE_STORE_NOT_FOUND", "state store nostore is not found", .notConfigured),
        .init(.saveETag, 400, "ERR_STATE_STORE_NOT_FOUND", "state store nostore is not found", .notConfigured),
        .init(
            .saveSeveral,
            500,
            "ERR_STATE_STORE_NOT_CONFIGURED",
            "state store store is not configured",
            .notConfigured
        ),
        .init(.delete, 400, "ERR_STATE_STORE_NOT_FOUND", "state store nostore is not found", .notConfigured),
        .init(.bulkGet, 400, "ERR_STATE_STORE_NOT_FOUND", "state store nostore is not found", .notConfigured),
        .init(.transactETag, 400, "ERR_STATE_STORE_NOT_FOUND", "state store nostore is not found", .notConfigured),
        // Reads never leave anything open.
        .init(.get, 500, "ERR_STATE_GET", "fail to get k from state store s: down", .refused),
        .init(.get, 400, "ERR_MALFORMED_REQUEST", "input key can't contain", .refused),
        .init(.get, 404, "ERR_DIRECT_INVOKE", "failed getting app id", .notFound),
        .init(.get, 401, nil, "invalid api token\n", .refused),
        .init(.get, 502, nil, "<html>", .refused),
        .init(.bulkGet, 500, "ERR_STATE_BULK_GET", "down", .refused),
        // A single save.
        .init(.saveETag, 409, "ERR_STATE_SAVE", save + mismatch, .conflict),
        .init(.saveETag, 409, "ERR_STATE_SAVE", save + mismatch + ": invalid UUID length: 12", .conflict),
        .init(.saveETag, 400, "ERR_STATE_SAVE", save + "invalid etag value: x", .conflict),
        .init(
            .saveFirst,
            409,
            "ERR_STATE_SAVE",
            save + mismatch + ": item already exists and no etag was passed",
            .conflict
        ),
        .init(.saveFirst, 500, "ERR_STATE_SAVE", save + "no item was updated", .conflict),
        .init(.saveUnguarded, 500, "ERR_STATE_SAVE", save + "no item was updated", .outcomeUnknown, unknown: true),
        .init(.saveETag, 500, "ERR_STATE_SAVE", save + "no item was updated", .outcomeUnknown, unknown: true),
        .init(.saveETag, 500, "ERR_STATE_SAVE", save + "connection reset", .outcomeUnknown, unknown: true),
        .init(.saveFirst, 500, "ERR_STATE_SAVE", save + "failed to set key app||k", .outcomeUnknown, unknown: true),
        .init(.saveETag, 400, "ERR_MALFORMED_REQUEST", #"\"key\" is a required field"#, .refused),
        .init(.saveETag, 401, nil, "invalid api token\n", .refused),
        .init(.saveETag, 403, nil, "forbidden", .refused),
        .init(.saveETag, 431, nil, "too large", .refused),
        .init(.saveETag, 503, nil, "", .outcomeUnknown, unknown: true),
        .init(.saveETag, 504, nil, "gateway", .outcomeUnknown, unknown: true),
        .init(.saveETag, 302, nil, "", .refused),
        .init(.saveETag, 200, nil, "hello from another server", .unreadableAnswer, unknown: true),
        // A save of several: the others may be written.
        .init(.saveSeveral, 409, "ERR_STATE_SAVE", save + mismatch, .conflict, unknown: true),
        .init(.saveSeveral, 500, "ERR_STATE_SAVE", save + "down", .outcomeUnknown, unknown: true),
        .init(.saveSeveral, 400, "ERR_STATE_SAVE", save + "down", .outcomeUnknown, unknown: true),
        .init(.saveSeveral, 400, "ERR_MALFORMED_REQUEST", "no", .refused),
        // A delete.
        .init(.deleteETag, 409, "ERR_STATE_DELETE", delete + mismatch, .conflict),
        .init(.deleteETag, 400, "ERR_STATE_DELETE", delete + "invalid etag value", .conflict),
        .init(.delete, 500, "ERR_STATE_DELETE", delete + "down", .outcomeUnknown, unknown: true),
        // A transaction: the status does not tell a conflict from a fault.
        .init(.transactETag, 500, "ERR_STATE_TRANSACTION", transaction + mismatch, .conflict),
        .init(
            .transactETag,
            500,
            "ERR_STATE_TRANSACTION",
            transaction + mismatch + ": state not exist or expired",
            .conflict
        ),
        .init(.transactETag, 500, "ERR_STATE_TRANSACTION", transaction + "invalid etag value: x", .conflict),
        .init(.transactFirst, 500, "ERR_STATE_TRANSACTION", transaction + mismatch, .conflict),
        .init(.transactFirst, 500, "ERR_STATE_TRANSACTION", transaction + "no item was updated", .conflict),
        .init(.transact, 500, "ERR_STATE_TRANSACTION", transaction + mismatch, .outcomeUnknown, unknown: true),
        .init(
            .transactETag,
            500,
            "ERR_STATE_TRANSACTION",
            transaction + "no item was updated",
            .outcomeUnknown,
            unknown: true
        ),
        .init(
            .transactETag,
            500,
            "ERR_STATE_TRANSACTION",
            transaction + "failed to set key",
            .outcomeUnknown,
            unknown: true
        ),
        .init(
            .transactETag,
            500,
            "ERR_STATE_TRANSACTION",
            transaction + "database is locked",
            .outcomeUnknown,
            unknown: true
        ),
        .init(.transactETag, 400, "ERR_NOT_SUPPORTED_STATE_OPERATION", "operation type x not supported", .refused),
        .init(.transactETag, 500, "ERR_STATE_STORE_NOT_SUPPORTED", "doesn't support transactions", .refused),
        .init(.transactETag, 400, "ERR_STATE_STORE_TOO_MANY_TRANSACTIONS", "too many", .refused),
        .init(.transactETag, 500, "ERR_PUBLISH_OUTBOX", "error while publishing outbox message", .refused),
    ]

    static let otherRows: [FailureRow] = [
        .init(.publish, 404, "ERR_PUBSUB_NOT_FOUND", "pubsub nobus is not found", .notConfigured),
        .init(.publish, 404, "ERR_DIRECT_INVOKE", "failed getting app id", .notFound),
        .init(.publish, 400, "ERR_PUBSUB_REQUEST_METADATA", "bad", .refused),
        .init(.publish, 403, "ERR_PUBSUB_FORBIDDEN", "topic t is not allowed for app id a", .refused),
        .init(.publish, 500, "ERR_PUBSUB_CLOUD_EVENTS_SER", "cannot create cloudevent", .refused),
        .init(.publish, 500, "ERR_PUBSUB_PUBLISH_MESSAGE", "down", .outcomeUnknown, unknown: true),
        .init(.publishBulk, 404, "ERR_PUBSUB_NOT_FOUND", "pubsub nobus is not found", .notConfigured),
        .init(.publishBulk, 400, "ERR_PUBSUB_EVENTS_SER", "mismatch between contentType and event", .refused),
        .init(.publishBulk, 500, "ERR_PUBSUB_PUBLISH_MESSAGE", "down", .outcomeUnknown, unknown: true),
        .init(.secret, 500, "ERR_SECRET_STORES_NOT_CONFIGURED", "secret store is not configured", .notConfigured),
        .init(.secret, 401, "ERR_SECRET_STORE_NOT_FOUND", "failed finding secret store with key s", .notConfigured),
        .init(.secrets, 401, "ERR_SECRET_STORE_NOT_FOUND", "failed finding secret store with key s", .notConfigured),
        .init(.secret, 403, "ERR_PERMISSION_DENIED", "access denied by policy", .refused),
        .init(.secret, 500, "ERR_SECRET_GET", "failed getting secret: vault is sealed", .refused),
        .init(.secret, 200, nil, "<html>", .unreadableAnswer),
        .init(.secrets, 200, nil, #"{"a":{"a":1}}"#, .unreadableAnswer),
        .init(.metadata, 401, nil, "invalid api token\n", .refused),
        .init(.metadata, 200, nil, "[]", .unreadableAnswer),
        .init(.healthy, 200, nil, "hello", .unreadableAnswer),
        .init(.healthy, 404, "ERR_DIRECT_INVOKE", "failed getting app id", .notFound),
        .init(.setMetadata, 500, nil, "", .outcomeUnknown, unknown: true),
        .init(.shutdown, 404, "ERR_DIRECT_INVOKE", "failed getting app id", .notFound),
    ]

    @Test(arguments: stateRows + otherRows)
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
            try await DaprClient(transport: stub).transact("store", [.upsert(StateItem(key, value: 1, etag: "e"))])
        }
        #expect(error.kind == .outcomeUnknown)
    }

    @Test func `a cancelled task sends nothing more`() async throws {
        let stub = StubTransport(.status(204))
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await DaprClient(transport: stub).save("store", [StateItem("k", value: 1)])
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
        let error = try await #require(throws: DaprError.self) { try await dapr.state("store", "k") }
        #expect(error.description.contains("API token"))
        #expect(!error.debugDescription.contains("hunter2"))
    }

    private func call(_ call: FailureRow.Call, _ transport: StubTransport) async throws(DaprError) {
        let dapr = DaprClient(transport: transport)
        let plain = StateItem("k", value: 1)
        let tagged = StateItem("k", value: 1, etag: "e")
        let first = StateItem("k", value: 1, concurrency: .firstWrite)
        switch call {
        case .get: _ = try await dapr.state("store", "k")
        case .saveUnguarded: try await dapr.save("store", [plain])
        case .saveETag: try await dapr.save("store", [tagged])
        case .saveFirst: try await dapr.save("store", [first])
        case .saveSeveral: try await dapr.save("store", [tagged, StateItem("l", value: 1)])
        case .delete: try await dapr.deleteState("store", "d")
        case .deleteETag: try await dapr.deleteState("store", "d", ifMatch: "e")
        case .bulkGet: _ = try await dapr.states("store", ["k"])
        case .transact: try await dapr.transact("store", [.upsert(plain)])
        case .transactETag: try await dapr.transact("store", [.upsert(plain), .upsert(tagged)])
        case .transactFirst: try await dapr.transact("store", [.upsert(first)])
        case .publish: try await dapr.publish("bus", "t", data: [0x31])
        case .publishBulk: _ = try await dapr.publishBulk("bus", "t", [BulkPublishEntry(entryID: "1", json: [0x31])])
        case .secret: _ = try await dapr.secret("vault", "s")
        case .secrets: _ = try await dapr.secrets("vault")
        case .metadata: _ = try await dapr.metadata()
        case .healthy: _ = try await dapr.isHealthy()
        case .setMetadata: try await dapr.setMetadata("colour", "blue")
        case .shutdown: try await dapr.shutdown()
        }
    }
}
