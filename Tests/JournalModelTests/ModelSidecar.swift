import Dapr
import DaprJSON
import Foundation
import Synchronization

/// A sidecar in memory whose store can go back in time: `state.in-memory` as daprd has it, without a thread of its own.
///
/// A call has its effect at once, so that the one who makes it decides when.
final class ModelSidecar: Sendable {
    struct Row: Sendable, Equatable {
        var value: [UInt8]
        var etag: Int
        /// Whether it goes by itself after a while, which is longer than a run.
        var expires = false
    }

    /// What became of a key.
    struct Change: Sendable {
        let key: String
        let old: Row?
        let new: Row?
    }

    private struct State {
        var rows: [String: Row]
        var lastETag = 0
        /// What the last writes changed, oldest first.
        var history: [[Change]] = []
    }

    private static let historyLimit = 16

    private let state: Mutex<State>
    /// Told of each write that had an effect.
    private let observe: @Sendable ([Change], _ isImport: Bool) -> Void

    /// Begins with some rows.
    init(_ rows: [String: Row] = [:], observe: @escaping @Sendable ([Change], _ isImport: Bool) -> Void) {
        state = Mutex(State(rows: rows, lastETag: rows.values.map(\.etag).max() ?? 0))
        self.observe = observe
    }

    /// Everything that is stored.
    var rows: [String: Row] { state.withLock { $0.rows } }

    /// Takes back the last writes.
    /// - Returns: what that changed, latest first.
    func loseGround(_ count: Int) -> [Change] {
        state.withLock { state in
            var changes: [Change] = []
            for _ in 0..<min(count, state.history.count) {
                for change in state.history.removeLast().reversed() {
                    changes.append(Change(key: change.key, old: state.rows[change.key], new: change.old))
                    state.rows[change.key] = change.old
                }
            }
            return changes
        }
    }

    /// Carries a call out.
    func carryOut(_ call: ModelCall, isImport: Bool) -> DaprResponse {
        switch call.kind {
        case .get:
            guard let row = state.withLock({ $0.rows[call.keys[0]] }) else { return DaprResponse(status: 204) }
            return DaprResponse(status: 200, headers: [("etag", "\(row.etag)")], body: row.value)
        case .bulkGet: return bulk(call.keys)
        case .save, .transaction, .delete: return write(call, isImport)
        case .publish, .other: return DaprResponse(status: 404)
        }
    }

    private func bulk(_ keys: [String]) -> DaprResponse {
        let rows = state.withLock { state in keys.map { state.rows[$0] } }
        var json = JSONWriter()
        json.beginArray()
        for (key, row) in zip(keys, rows) {
            json.beginObject()
            json.key("key")
            json.string(key)
            if let row {
                json.key("data")
                json.raw(row.value)
                json.key("etag")
                json.string("\(row.etag)")
            }
            json.endObject()
        }
        json.endArray()
        return DaprResponse(status: 200, body: json.bytes)
    }

    /// All or nothing; every version is compared with what there was before the first.
    private func write(_ call: ModelCall, _ isImport: Bool) -> DaprResponse {
        let operations = call.operations
        let changes: [Change]? = state.withLock { state in
            for (key, isDelete, request) in operations {
                let row = state.rows[key]
                let etag = request["etag"]?.stringValue
                let isFirstWrite = request["options"]?["concurrency"] == "first-write" && !isDelete
                if etag.map({ $0 != row.map { "\($0.etag)" } }) ?? (isFirstWrite && row != nil) { return nil }
            }
            var changes: [Change] = []
            for (key, isDelete, request) in operations {
                var row: Row?
                if !isDelete {
                    state.lastETag += 1
                    row = Row(
                        value: (request["value"] ?? .null).serialized(escapingHTML: true),
                        etag: state.lastETag,
                        expires: request["metadata"]?["ttlInSeconds"] != nil
                    )
                }
                changes.append(Change(key: key, old: state.rows[key], new: row))
                state.rows[key] = row
            }
            state.history.append(changes)
            if state.history.count > ModelSidecar.historyLimit { state.history.removeFirst() }
            return changes
        }
        guard let changes else { return refusal(call, operations.contains { $0.request["etag"] != nil }) }
        observe(changes, isImport)
        return DaprResponse(status: 204)
    }

    /// As daprd was recorded to refuse.
    private func refusal(_ call: ModelCall, _ hasETag: Bool) -> DaprResponse {
        let words = "possible etag mismatch. error from state store"
        let why = hasETag ? words : "\(words): item already exists and no etag was passed"
        let (status, code) =
            switch call.kind {
            case .transaction: (500, "ERR_STATE_TRANSACTION")
            case .delete: (409, "ERR_STATE_DELETE")
            default: (409, "ERR_STATE_SAVE")
            }
        return ModelSidecar.failure(status, code, why)
    }

    /// An error in Dapr's form.
    static func failure(_ status: Int, _ code: String, _ message: String) -> DaprResponse {
        let body: JSONObject = ["errorCode": .string(code), "message": .string(message)]
        return DaprResponse(status: status, body: JSONValue.object(body).serialized())
    }
}
