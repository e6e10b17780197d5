package import Dapr
package import Tasks

/// Why something of a journal could not be read or written.
package indirect enum JournalFailure: Error {
    /// The store or the sidecar did not do it.
    case store(DaprError)
    /// What is stored cannot be used.
    case book(TaskError)
}

extension JournalFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .store(let error): "\(error)"
        case .book(let error): "\(error)"
        }
    }
}

/// Does something with a journal, and throws what fails as an error of another kind.
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
