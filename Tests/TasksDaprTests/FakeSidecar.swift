import Dapr
import DaprJSON
import Foundation
import Synchronization
import TestTools

/// A sidecar in memory: a state store as daprd's `state.in-memory` behaves, and a broker that keeps what it takes.
///
/// `fault` sees every call and may fail it before or after its effect, or delay it; but for those that keep the relay's lease, give its
/// slots back and list owners, unless `upkeepFails`.
final class FakeSidecar: DaprTransport {
    /// A call, as far as tests tell calls apart.
    struct Call: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            case get
            case bulkGet
            case transaction
            case save
            case delete
            case publish
        }
        var kind: Kind
        /// The keys asked for or written; of a publish, the ids of the events.
        var keys: [String]
        /// The place of this call among those of its kind, from 1.
        var number: Int
    }

    enum Fault: Sendable {
        case none
        /// Fails without an effect.
        case before(DaprTransportError)
        /// Has its effect, and fails all the same.
        case after(DaprTransportError)
        /// Has its effect, and answers when the gate is open.
        case held(Gate)
        /// Answers with a status and no effect.
        case status(Int)
        /// Refuses a transaction that has more operations, as a store that has such a limit.
        case limit(operations: Int)
        /// Takes all events but those whose id ends so.
        case refuseEvents(suffix: String)
        /// Is done twice, as by a sidecar that did not hear the store's first answer; the second answer counts.
        case repeated
        /// A bulk read answers as if these keys had nothing.
        case omit(Set<String>)
    }

    struct Row: Sendable {
        var value: [UInt8]
        var etag: Int
    }

    private struct State {
        var rows: [String: Row] = [:]
        var lastETag = 0
        var calls: [Call] = []
        var published: [JSONValue] = []
        var partitionKeys: [String] = []
    }

    private let state = Mutex(State())
    private let fault: Mutex<@Sendable (Call) async -> Fault>
    private let answerLimit: Int
    private let upkeepFails: Bool

    init(
        answerLimit: Int = .max,
        upkeepFails: Bool = false,
        fault: @escaping @Sendable (Call) async -> Fault = { _ in .none }
    ) {
        self.fault = Mutex(fault)
        self.answerLimit = answerLimit
        self.upkeepFails = upkeepFails
    }

    var rows: [String: Row] { state.withLock { $0.rows } }
    var calls: [Call] { state.withLock { $0.calls } }
    var published: [JSONValue] { state.withLock { $0.published } }
    var partitionKeys: [String] { state.withLock { $0.partitionKeys } }

    func setFault(_ fault: @escaping @Sendable (Call) async -> Fault) { self.fault.withLock { $0 = fault } }

    func forgetCalls() { state.withLock { $0.calls = [] } }

    func put(_ key: String, _ text: String) {
        state.withLock { $0.rows[key] = Row(value: Array(text.utf8), etag: 0) }
    }

    /// Has these documents, with their ETags, and no others.
    func replace(_ rows: [String: Row]) {
        state.withLock { state in
            state.rows = rows
            state.lastETag = max(state.lastETag, rows.values.map(\.etag).max() ?? 0)
        }
    }

    func remove(_ key: String) { state.withLock { $0.rows[key] = nil } }

    /// The journal of an owner, read key by key, until the first commit that is missing.
    func journal(of owner: String) throws -> [JSONValue] {
        var records: [JSONValue] = []
        var next = 1
        while let row = rows["log:\(owner):\(next)"] {
            let record = try JSONValue(parsing: row.value)
            records.append(record)
            next += record["changes"]?.arrayValue?.count ?? 1
        }
        return records
    }

    func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        let path = request.path.split(separator: "?", omittingEmptySubsequences: false)[0]
        let parts = path.split(separator: "/").map { String($0).removingPercentEncoding ?? "" }
        let body = request.body.flatMap { try? JSONValue(parsing: $0) } ?? .null
        let (kind, keys): (Call.Kind, [String]) =
            switch (request.method, parts.dropFirst().first, parts.last) {
            case ("GET", "state", let key?): (.get, [key])
            case ("DELETE", "state", let key?): (.delete, [key])
            case ("POST", "state", _) where parts.count == 3:
                (.save, (body.arrayValue ?? []).compactMap { $0["key"]?.stringValue })
            case ("POST", "state", "bulk"): (.bulkGet, (body["keys"]?.arrayValue ?? []).compactMap(\.stringValue))
            case ("POST", "state", "transaction"):
                (
                    .transaction,
                    (body["operations"]?.arrayValue ?? []).compactMap { $0["request"]?["key"]?.stringValue }
                )
            case ("POST", "publish", _):
                (.publish, (body.arrayValue ?? []).compactMap { $0["event"]?["id"]?.stringValue })
            default: throw .invalidRequest("\(request.method) \(request.path)")
            }
        let isUpkeep = keys.allSatisfy { key in
            ["relay", "owners:", "outbox:", "pub:", "clock"].contains { key.hasPrefix($0) }
        }
        if isUpkeep, !upkeepFails { return perform(Call(kind: kind, keys: keys, number: 0), body, "", [], request) }
        let call = state.withLock { state in
            let call = Call(kind: kind, keys: keys, number: state.calls.count { $0.kind == kind } + 1)
            state.calls.append(call)
            return call
        }
        let fault = self.fault.withLock { $0 }
        var refused = ""
        var omitted: Set<String> = []
        let outcome = await fault(call)
        switch outcome {
        case .before(let error): throw error
        case .status(let status): return answer(status, ["errorCode": "ERR_FAKE", "message": "as asked"])
        case .limit(let most) where call.keys.count > most:
            let message =
                "the transaction contains \(call.keys.count) operations, which is more than what the state store supports: \(most)"
            return answer(
                400,
                ["errorCode": "ERR_STATE_STORE_TOO_MANY_TRANSACTIONS", "message": .string(message)]
            )
        case .refuseEvents(let suffix): refused = suffix
        case .omit(let keys): omitted = keys
        case .repeated: _ = perform(call, body, refused, omitted, request)
        case .none, .after, .held, .limit: break
        }
        if case .none = outcome, Task.isCancelled { throw .cancelled }
        let response = perform(call, body, refused, omitted, request)
        if response.body.count > answerLimit { throw .answerTooLarge(limit: answerLimit) }
        if case .after(let error) = outcome { throw error }
        if case .held(let gate) = outcome { await gate.pass() }
        return response
    }

    private func perform(
        _ call: Call,
        _ body: JSONValue,
        _ refused: String,
        _ omitted: Set<String>,
        _ request: DaprRequest
    ) -> DaprResponse {
        switch call.kind {
        case .save:
            let operations = (body.arrayValue ?? []).map { JSONValue.object(["operation": "upsert", "request": $0]) }
            return state.withLock { transact(operations, &$0) }
        case .delete:
            state.withLock { $0.rows[call.keys[0]] = nil }
            return DaprResponse(status: 204)
        case .get:
            guard let row = rows[call.keys[0]] else { return DaprResponse(status: 204) }
            return DaprResponse(status: 200, headers: [("etag", "\(row.etag)")], body: row.value)
        case .bulkGet:
            var json = JSONWriter()
            json.beginArray()
            let rows = rows.filter { !omitted.contains($0.key) }
            for key in call.keys.reversed() {
                json.beginObject()
                if let row = rows[key] {
                    json.key("data")
                    json.raw(row.value)
                    json.key("etag")
                    json.string("\(row.etag)")
                }
                json.key("key")
                json.string(key)
                json.endObject()
            }
            json.endArray()
            return DaprResponse(status: 200, body: json.bytes)
        case .transaction:
            return state.withLock { transact(body["operations"]?.arrayValue ?? [], &$0) }
        case .publish:
            let entries = body.arrayValue ?? []
            let failed = entries.filter {
                !refused.isEmpty && $0["event"]?["id"]?.stringValue?.hasSuffix(refused) == true
            }
            state.withLock { state in
                for entry in entries where !failed.contains(entry) {
                    state.published.append(entry["event"] ?? .null)
                    state.partitionKeys.append(entry["metadata"]?["partitionKey"]?.stringValue ?? "")
                }
            }
            if failed.isEmpty { return DaprResponse(status: 204) }
            let list = failed.map { JSONValue.object(["entryId": $0["entryId"] ?? .null, "error": "full"]) }
            return answer(500, ["failedEntries": .array(list), "errorCode": "ERR_PUBSUB_PUBLISH_MESSAGE"])
        }
    }

    /// All or nothing, with values written again as daprd does.
    private func transact(_ operations: [JSONValue], _ state: inout State) -> DaprResponse {
        var rows = state.rows
        for operation in operations {
            let request = operation["request"] ?? .null
            guard let key = request["key"]?.stringValue, !key.isEmpty, !key.contains("||") else {
                return answer(400, ["errorCode": "ERR_MALFORMED_REQUEST", "message": "key"])
            }
            let isDelete = operation["operation"] == "delete"
            let isFirstWrite = request["options"]?["concurrency"] == "first-write" && !isDelete
            let etag = request["etag"]?.stringValue
            if etag.map({ $0 != rows[key].map { "\($0.etag)" } }) ?? (isFirstWrite && rows[key] != nil) {
                let message = "error while executing state transaction: possible etag mismatch. error from state store"
                return answer(500, ["errorCode": "ERR_STATE_TRANSACTION", "message": .string(message)])
            }
            if isDelete {
                rows[key] = nil
                continue
            }
            state.lastETag += 1
            let value = try? JSONReencoding.reencoded((request["value"] ?? .null).serialized(), numbers: .asDoubles)
            rows[key] = Row(value: value ?? [], etag: state.lastETag)
        }
        state.rows = rows
        return DaprResponse(status: 204)
    }

    private func answer(_ status: Int, _ body: JSONObject) -> DaprResponse {
        DaprResponse(status: status, body: JSONValue.object(body).serialized())
    }
}
