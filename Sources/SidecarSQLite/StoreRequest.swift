internal import Sidecar

/// One request to the thread of a connection, with the way to answer it.
enum StoreRequest: Sendable {
    case get(String, CheckedContinuation<Result<StoredValue?, StoreError>, Never>)
    case bulkGet([String], CheckedContinuation<Result<[BulkGetRow], StoreError>, Never>)
    case apply([StoreOperation], CheckedContinuation<Result<Void, StoreError>, Never>)

    /// Answers that the request was not done.
    func fail(_ error: StoreError) {
        switch self {
        case .get(_, let continuation): continuation.resume(returning: .failure(error))
        case .bulkGet(_, let continuation): continuation.resume(returning: .failure(error))
        case .apply(_, let continuation): continuation.resume(returning: .failure(error))
        }
    }
}
