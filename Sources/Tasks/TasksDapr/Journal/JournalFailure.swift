package import Dapr
package import Tasks

/// Why a journal could not be read or written.
package indirect enum JournalFailure: Error, Equatable {
    /// The store or the sidecar failed.
    case store(DaprError)
    /// A read of several keys succeeded, but the store could not read this one.
    case notRead(key: String)
    /// The caller was cancelled while it waited for a shared call.
    case cancelled
    /// The stored data cannot be used.
    case book(TaskError)
    /// The data was replaced while it was read; reading again succeeds.
    case moved(key: String)
    /// The commit that this process knew under a key is gone, because the store went back in time; read the journal
    /// again.
    case groundLost(key: String)
    /// The store refused a commit as if its record existed, but it does not.
    case refusedForNothing(key: String)
}

extension JournalFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .store(let error): "\(error)"
        case .notRead(let key): "the store could not read \(key)"
        case .cancelled: "the reader was cancelled"
        case .book(let error): "\(error)"
        case .moved(let key): "\(key) was replaced while it was read"
        case .groundLost(let key): "\(key) is not as it was written: the store has lost commits"
        case .refusedForNothing(let key): "the store refused to write \(key), and it is not there"
        }
    }
}

extension JournalFailure {
    /// Whether the caller was cancelled, or the transport shut down.
    var isCancellation: Bool {
        switch self {
        case .store(let error): error.kind == .cancelled
        case .cancelled: true
        case .notRead, .book, .moved, .groundLost, .refusedForNothing: false
        }
    }

    /// Whether reading the journal again helps.
    var endsWhenReadAgain: Bool {
        switch self {
        case .moved, .groundLost: true
        case .store, .notRead, .cancelled, .book, .refusedForNothing: false
        }
    }
}

/// Runs `body`, and converts its error with `failure`.
func failing<Value: Sendable, Failure: Error>(
    as failure: (JournalFailure) -> Failure,
    _ body: @autoclosure () async throws(JournalFailure) -> Value
) async throws(Failure) -> Value {
    do throws(JournalFailure) {
        return try await body()
    } catch {
        throw failure(error)
    }
}
