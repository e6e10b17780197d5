/// Refusals of the state building block.
extension APIError {
    /// The sidecar has no state store at all.
    static func stateNotConfigured(_ store: String, appID: String) -> APIError {
        APIError(
            status: 500,
            errorCode: "ERR_STATE_STORE_NOT_CONFIGURED",
            message: "state store \(store) is not configured",
            details: [.reason("DAPR_STATE_NOT_CONFIGURED", metadata: ["appID": appID])]
        )
    }

    /// No state store has this name.
    static func stateStoreNotFound(_ store: String, appID: String) -> APIError {
        APIError(
            status: 400,
            errorCode: "ERR_STATE_STORE_NOT_FOUND",
            message: "state store \(store) is not found",
            details: [.reason("DAPR_STATE_NOT_FOUND", metadata: ["appID": appID])]
        )
    }

    /// A key contains `||`, which separates a key from its prefix.
    ///
    /// `namesField` is false in a transaction: there the violation names no field.
    static func illegalKey(_ key: String, store: String, namesField: Bool = true) -> APIError {
        let message = "api error: code = InvalidArgument desc = input key/keyPrefix '\(key)' can't contain '||'"
        return APIError(
            status: 400,
            errorCode: "ERR_MALFORMED_REQUEST",
            message: message,
            details: [
                .badRequest(field: namesField ? key : nil, description: message),
                .resource(type: "state", name: store, description: ""),
                .reason("DAPR_STATE_ILLEGAL_KEY", metadata: nil),
            ]
        )
    }

    /// The body cannot be read.
    static func malformed(_ message: String) -> APIError {
        APIError(status: 400, errorCode: "ERR_MALFORMED_REQUEST", message: message)
    }

    /// A transaction has an operation of an unknown kind.
    static func unknownOperation(_ operation: String) -> APIError {
        APIError(
            status: 400,
            errorCode: "ERR_NOT_SUPPORTED_STATE_OPERATION",
            message: "operation type \(operation) not supported"
        )
    }

    /// No store of this sidecar supports queries.
    static func queriesUnsupported(_ store: String) -> APIError {
        APIError(
            status: 500,
            errorCode: "ERR_STATE_STORE_NOT_SUPPORTED",
            message: "state store \(store) doesn't support querying",
            details: [
                .resource(type: "state", name: store, description: ""),
                .reason("DAPR_STATE_QUERYING_NOT_SUPPORTED", metadata: nil),
            ]
        )
    }

    /// A read failed.
    static func stateGet(_ key: String, store: String, _ error: StoreError) -> APIError {
        APIError(
            status: 500,
            errorCode: "ERR_STATE_GET",
            message: "fail to get \(key) from state store \(store): \(error)"
        )
    }

    /// A bulk read failed.
    static func stateBulkGet(_ error: StoreError) -> APIError {
        APIError(status: 500, errorCode: "ERR_STATE_BULK_GET", message: "\(error)")
    }

    /// Some items of a save failed, with `errors`.
    ///
    /// One stale version among them makes the answer a conflict, whatever the other errors are.
    static func stateSave(_ store: String, _ errors: [StoreError], items: Int) -> APIError {
        let subject = "failed saving state in state store \(store): "
        let stale = errors.filter(\.isMismatch)
        if let first = stale.first {
            let detail =
                items == 1
                ? "\(first)"
                : "possible etag mismatch. error from state store: " + stale.map { "\($0)" }.joined(separator: "\n")
            return APIError(status: 409, errorCode: "ERR_STATE_SAVE", message: subject + detail)
        }
        let status = errors.contains(where: \.isInvalidETag) ? 400 : 500
        let detail = errors.map { "\($0)" }.joined(separator: "\n")
        return APIError(status: status, errorCode: "ERR_STATE_SAVE", message: subject + detail)
    }

    /// A removal failed.
    static func stateDelete(_ key: String, _ error: StoreError) -> APIError {
        let status = error.isMismatch ? 409 : error.isInvalidETag ? 400 : 500
        return APIError(
            status: status,
            errorCode: "ERR_STATE_DELETE",
            message: "failed deleting state with key \(key): \(error)"
        )
    }

    /// A transaction failed: 500 even for a stale version, which only the message reveals.
    static func stateTransaction(_ error: StoreError) -> APIError {
        APIError(
            status: 500,
            errorCode: "ERR_STATE_TRANSACTION",
            message: "error while executing state transaction: \(error)"
        )
    }
}

extension StoreError {
    fileprivate var isMismatch: Bool { if case .etagMismatch = self { true } else { false } }
    fileprivate var isInvalidETag: Bool { if case .etagInvalid = self { true } else { false } }

    /// Whether another attempt can help.
    var isTransient: Bool {
        switch self {
        case .unavailable, .overloaded: true
        case .etagMismatch, .etagInvalid, .firstWriteExists, .badTTL, .badOption, .closed: false
        }
    }
}
