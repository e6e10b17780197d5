/// One request to a store's thread, with the continuation that takes its answer.
package enum StoreRequest: Sendable {
    /// The read of one key.
    case get(String, CheckedContinuation<Result<StoredValue?, StoreError>, Never>)
    /// The read of several keys.
    case bulkGet([String], CheckedContinuation<Result<[BulkGetRow], StoreError>, Never>)
    /// Changes that belong together.
    case apply([StoreOperation], CheckedContinuation<Result<Void, StoreError>, Never>)

    /// Answers that the request was not carried out.
    package func fail(_ error: StoreError) {
        switch self {
        case .get(_, let continuation): continuation.resume(returning: .failure(error))
        case .bulkGet(_, let continuation): continuation.resume(returning: .failure(error))
        case .apply(_, let continuation): continuation.resume(returning: .failure(error))
        }
    }
}
