import Dapr
import TestSupport
import Testing

/// What a recorded failure must become: the calls it can follow, and what the error says.
struct FailureRow: Sendable, CustomTestStringConvertible {
    enum Call: Sendable {
        case get, saveUnguarded, saveETag, saveFirst, saveSeveral, saveSeveralFirst, saveSeveralMixed
        case delete, deleteETag, deleteFirst, bulkGet, transact, transactETag, transactFirst, transactMixed
        case publish, publishBulk, secret, secrets, metadata, healthy, setMetadata, shutdown
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

// Every row.
extension FailureRow {
    private static let save = "failed saving state in state store store: "
    private static let delete = "failed deleting state with key d: "
    static let transaction = "error while executing state transaction: "
    static let mismatch = "possible etag mismatch. error from state store"
    private static let exists = ": item already exists and no etag was passed"
    private static let stale = ": state etag not match for key=app||k: current=1, expect=e"

    /// Calls of a state store.
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
            save + mismatch + exists,
            .alreadyExists
        ),
        .init(.saveFirst, 409, "ERR_STATE_SAVE", save + mismatch, .alreadyExists),
        .init(.saveFirst, 500, "ERR_STATE_SAVE", save + "no item was updated", .alreadyExists),
        .init(.saveFirst, 400, "ERR_STATE_SAVE", save + "invalid etag value: x", .outcomeUnknown, unknown: true),
        .init(.saveUnguarded, 409, "ERR_STATE_SAVE", save + mismatch, .conflict),
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
        .init(.saveSeveralFirst, 409, "ERR_STATE_SAVE", save + mismatch + exists, .alreadyExists, unknown: true),
        .init(.saveSeveralFirst, 500, "ERR_STATE_SAVE", save + "no item was updated", .alreadyExists, unknown: true),
        .init(.saveSeveralMixed, 409, "ERR_STATE_SAVE", save + mismatch + exists, .conflict, unknown: true),
        .init(.saveSeveralMixed, 500, "ERR_STATE_SAVE", save + "no item was updated", .conflict, unknown: true),
        .init(.saveSeveral, 500, "ERR_STATE_SAVE", save + "down", .outcomeUnknown, unknown: true),
        .init(.saveSeveral, 400, "ERR_STATE_SAVE", save + "down", .outcomeUnknown, unknown: true),
        .init(.saveSeveral, 400, "ERR_MALFORMED_REQUEST", "no", .refused),
        // A delete.
        .init(.deleteETag, 409, "ERR_STATE_DELETE", delete + mismatch, .conflict),
        .init(.deleteETag, 400, "ERR_STATE_DELETE", delete + "invalid etag value", .conflict),
        .init(.deleteFirst, 409, "ERR_STATE_DELETE", delete + mismatch + exists, .alreadyExists),
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
        .init(.transactFirst, 500, "ERR_STATE_TRANSACTION", transaction + mismatch, .alreadyExists),
        .init(.transactFirst, 500, "ERR_STATE_TRANSACTION", transaction + mismatch + exists, .alreadyExists),
        .init(.transactFirst, 500, "ERR_STATE_TRANSACTION", transaction + "no item was updated", .alreadyExists),
        .init(.transactFirst, 500, "ERR_STATE_TRANSACTION", transaction + "down", .outcomeUnknown, unknown: true),
        // One with conditions of both sorts: in memory and on PostgreSQL the words tell, on SQLite they do not.
        .init(.transactMixed, 500, "ERR_STATE_TRANSACTION", transaction + mismatch + exists, .alreadyExists),
        .init(.transactMixed, 500, "ERR_STATE_TRANSACTION", transaction + mismatch + stale, .conflict),
        .init(.transactMixed, 500, "ERR_STATE_TRANSACTION", transaction + "no item was updated", .alreadyExists),
        .init(.transactMixed, 500, "ERR_STATE_TRANSACTION", transaction + mismatch, .conflict),
        .init(.transactMixed, 500, "ERR_STATE_TRANSACTION", transaction + "invalid etag value: x", .conflict),
        .init(.transactMixed, 500, "ERR_STATE_TRANSACTION", transaction + "down", .outcomeUnknown, unknown: true),
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

    /// Calls of everything else.
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
}
