import DaprJSON
import DaprSidecar
import TestTools

/// A well-formed transaction of random changes, some under conditions, some of which cannot hold.
struct FuzzedTransaction: CustomStringConvertible {
    private enum Change {
        case upsert(String, JSONValue)
        case delete(String)
    }

    private var changes: [Change] = []
    let body: [UInt8]

    /// Makes one for a store that holds this, by stored keys.
    init(_ numbers: inout SeededRandom, over contents: [[UInt8]: StoredValue]) {
        var operations: [JSONValue] = []
        for _ in 0..<(1 + numbers.below(6)) {
            let key = numbers.pick(["a", "b", "c", "d", "e\u{301}", "\u{e9}"])
            var request: JSONObject = ["key": .string(key)]
            switch numbers.below(5) {
            case 0: request["etag"] = .string(contents[Self.stored(key)]?.etag ?? "none")
            case 1: request["etag"] = .string(numbers.pick(["", "0", "-1", "other"]))
            case 2: request["options"] = ["concurrency": .string(numbers.pick(["first-write", "last-write"]))]
            default: break
            }
            if numbers.oneIn(30) { request["metadata"] = ["ttlInSeconds": "never"] }
            if numbers.oneIn(30) { request["options"] = ["consistency": "perhaps"] }
            if numbers.oneIn(3) {
                changes.append(.delete(key))
                operations.append(["operation": "delete", "request": .object(request)])
            } else {
                let value = JSONValue.integer(numbers.below(1_000_000))
                request["value"] = value
                changes.append(.upsert(key, value))
                operations.append(["operation": "upsert", "request": .object(request)])
            }
        }
        if numbers.oneIn(20) {
            operations.append(["operation": .string(numbers.pick(["get", ""])), "request": ["key": "a"]])
        }
        if numbers.oneIn(20) { operations.append(["operation": "delete", "request": ["key": "a||b"]]) }
        body = JSONValue.object(["operations": .array(operations)]).serialized()
    }

    /// Whether what the store held, changed in order, is what it holds.
    func isDone(before: [[UInt8]: StoredValue], after: [[UInt8]: StoredValue]) -> Bool {
        var expected = before.mapValues(\.value)
        for change in changes {
            switch change {
            case .upsert(let key, let value): expected[Self.stored(key)] = value.serialized()
            case .delete(let key): expected[Self.stored(key)] = nil
            }
        }
        return after.mapValues(\.value) == expected
    }

    var description: String { String(decoding: body, as: UTF8.self) }

    private static func stored(_ key: String) -> [UInt8] { Array("orders||\(key)".utf8) }
}
