internal import Dapr
internal import DaprText
internal import Tasks

/// Commits that are too long for the store: DynamoDB, etcd and Cosmos DB take a number of operations in a transaction.
extension OwnerBook {
    /// Leaves one command in a batch, the leader's own if there is one, so that the others go into commits of their own.
    /// - Returns: Whether it was the only one already.
    func splitToOne(_ batch: inout CommandBatch, for own: WaitingCommand?) -> Bool {
        guard batch.members.count > 1, let kept = batch.members.first(where: { $0 === own }) ?? batch.members.first
        else {
            return true
        }
        queue.putBack(batch.members.filter { $0 !== kept })
        batch.members = [kept]
        return false
    }
}

extension Commit {
    /// The refusal of a command that is too long for a store that takes `most` operations in a transaction.
    func tooLong(_ most: Int) -> TaskError {
        // Besides the tasks there are the record and, with the first commit of a burst, a slot of the outbox.
        .commandTooLong(
            fitting: max(1, most - 2),
            of: .storeOperations(operations.count + 1, limit: most)
        )
    }
}

extension JournalFailure {
    /// The most operations that the store takes in a transaction, when it refused one because it had more.
    ///
    /// daprd answers `ERR_STATE_STORE_TOO_MANY_TRANSACTIONS`, and its message ends with the number.
    var transactionLimit: Int? {
        guard case .store(let error) = self, let code = error.errorCode,
            code.hasSameBytes(as: "ERR_STATE_STORE_TOO_MANY_TRANSACTIONS")
        else { return nil }
        let digits = (error.message ?? "").utf8.reversed().prefix {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return Int(String(decoding: digits.reversed(), as: UTF8.self)) ?? 1
    }
}
