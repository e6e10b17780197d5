internal import DaprJSON

/// The body of a transaction.
///
///     {"operations":[{"operation":"upsert","request":{"key":"a","value":1}},{"operation":"delete","request":{"key":"b"}}],"metadata":{}}
struct StateTransaction {
    enum Operation {
        case upsert(StateItem)
        case delete(StateItem)

        var item: StateItem {
            switch self {
            case .upsert(let item), .delete(let item): item
            }
        }
    }

    var operations: [Operation] = []

    init(_ body: [UInt8]) throws(APIError) {
        do throws(RequestFault) {
            let json = try RequestJSON.value(body)
            guard let object = json.isNull ? [:] : json.objectValue else {
                throw RequestFault(message: "the body must be an object")
            }
            // It is metadata for the store, and no store here uses it.
            _ = try object.texts("metadata")
            for member in try object.array("operations") ?? [] {
                guard let operation = member.objectValue else {
                    throw RequestFault(message: "an operation must be an object")
                }
                let kind = try operation.string("operation") ?? ""
                let item = try StateItem(operation.member("request") ?? .null)
                switch kind {
                case "upsert": operations.append(.upsert(item))
                case "delete": operations.append(.delete(item))
                default: throw RequestFault(message: "unknown operation", unknownOperation: kind)
                }
            }
        } catch {
            if let kind = error.unknownOperation { throw .unknownOperation(kind) }
            throw .malformed("failed deserializing HTTP body: \(error.message)")
        }
    }
}
