import Dapr
import DaprJSON
import Foundation
import TestSupport

/// A call of the sidecar, as the model tells calls apart.
struct ModelCall: Sendable {
    enum Kind: String, Sendable {
        case get
        case bulkGet
        case save
        case delete
        case transaction
        case publish
        case other
    }

    let kind: Kind
    /// The keys asked for or written, in their order; of a publish none.
    let keys: [String]
    let body: JSONValue
    let request: DaprRequest

    init(_ request: DaprRequest) {
        self.request = request
        let path = request.path.split(separator: "?", omittingEmptySubsequences: false)[0]
        let parts = path.split(separator: "/").map { part in
            // Foundation takes its time, and few keys are encoded.
            part.utf8.contains(UInt8(ascii: "%")) ? String(part).removingPercentEncoding ?? "" : String(part)
        }
        // Not JSON is answered as nothing of ours is.
        body = request.body.flatMap { try? JSONValue(parsing: $0) } ?? .null
        switch (request.method, parts.dropFirst().first, parts.last) {
        case ("GET", "state", let key?): (kind, keys) = (.get, [key])
        case ("DELETE", "state", let key?): (kind, keys) = (.delete, [key])
        case ("POST", "state", "bulk"):
            (kind, keys) = (.bulkGet, (body["keys"]?.arrayValue ?? []).compactMap(\.stringValue))
        case ("POST", "state", "transaction"):
            let operations = body["operations"]?.arrayValue ?? []
            (kind, keys) = (.transaction, operations.compactMap { $0["request"]?["key"]?.stringValue })
        case ("POST", "state", _):
            (kind, keys) = (.save, (body.arrayValue ?? []).compactMap { $0["key"]?.stringValue })
        case ("POST", "publish", _): (kind, keys) = (.publish, [])
        default: (kind, keys) = (.other, [])
        }
    }

    /// Whether it may change something.
    var writes: Bool {
        switch kind {
        case .save, .delete, .transaction, .publish: true
        case .get, .bulkGet, .other: false
        }
    }

    /// Whether it is of the kinds that are few, and that others rest on, so that more befalls them: leases, slots given back, snapshots.
    var isUpkeep: Bool {
        writes && !keys.isEmpty && !keys.contains { $0.hasPrefix("log:") || $0.hasPrefix("activity:") }
    }

    /// The changes that a write asks for: upserts and deletions of keys.
    var operations: [(key: String, isDelete: Bool, request: JSONValue)] {
        switch kind {
        case .save: (body.arrayValue ?? []).compactMap { item in item["key"]?.stringValue.map { ($0, false, item) } }
        case .transaction:
            (body["operations"]?.arrayValue ?? []).compactMap { operation in
                guard let request = operation["request"], let key = request["key"]?.stringValue else { return nil }
                return (key, operation["operation"] == "delete", request)
            }
        case .delete:
            [
                (
                    keys[0], true,
                    request.headers.first { $0.name.lowercased() == "if-match" }
                        .map { ["key": .string(keys[0]), "etag": .string($0.value)] } ?? [:]
                )
            ]
        case .get, .bulkGet, .publish, .other: []
        }
    }
}
