internal import DaprEventLoop
internal import DaprSidecar
import DaprText
internal import SQLite

/// Carries out the requests of one connection, on its thread.
///
/// Writes that wait at the same time become one transaction (group commit), so that they share one wait for the disk.
/// Each has a savepoint of its own, so that a refused one does not affect the others.
final class StoreWorker: ThreadWorker {
    private let connection: SQLiteConnection
    private let statements: StoreStatements
    private let options: SQLiteStoreOptions
    private let surroundings: Surroundings
    private let begin: SQLiteStatement
    private let commit: SQLiteStatement
    private let rollback: SQLiteStatement
    private let savepoint: SQLiteStatement
    private let release: SQLiteStatement
    private let rollbackToSavepoint: SQLiteStatement
    private var lastCleanup: WallTime

    init(
        _ connection: SQLiteConnection,
        _ options: SQLiteStoreOptions,
        _ surroundings: Surroundings
    ) throws(SQLiteError) {
        self.connection = connection
        self.options = options
        self.surroundings = surroundings
        statements = try StoreStatements(connection, table: options.table)
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        rollback = try connection.prepare("ROLLBACK")
        savepoint = try connection.prepare("SAVEPOINT request")
        release = try connection.prepare("RELEASE request")
        rollbackToSavepoint = try connection.prepare("ROLLBACK TO request")
        lastCleanup = surroundings.now()
    }

    func perform(_ requests: [StoreRequest]) {
        var writes: [Write] = []
        for request in requests {
            switch request {
            case .get(let key, let continuation):
                // A read must see the writes that were submitted before it.
                write(&writes)
                continuation.resume(returning: value(of: key))
            case .bulkGet(let keys, let continuation):
                write(&writes)
                continuation.resume(returning: rows(of: keys))
            case .apply(let operations, let continuation):
                writes.append(Write(operations: operations, continuation: continuation))
            }
        }
        write(&writes)
        cleanUpIfDue()
    }

    static func refuse(_ request: StoreRequest) { request.fail(.closed) }

    private struct Write {
        let operations: [StoreOperation]
        let continuation: CheckedContinuation<Result<Void, StoreError>, Never>
        var result: Result<Void, StoreError> = .success(())
    }

    // MARK: Reading

    private func value(of key: String) -> Result<StoredValue?, StoreError> {
        do throws(StoreFailure) {
            return .success(try statements.value(of: key, at: surroundings.now()))
        } catch {
            return .failure(error.storeError())
        }
    }

    private func rows(of keys: [String]) -> Result<[BulkGetRow], StoreError> {
        var found: [ExactText: StoredValue] = [:]
        do throws(StoreFailure) {
            for key in keys where found[ExactText(key)] == nil {
                found[ExactText(key)] = try statements.value(of: key, at: surroundings.now())
            }
        } catch {
            return .failure(error.storeError())
        }
        return .success(BulkGetRow.sqlRows(of: keys, found: found))
    }

    // MARK: Writing

    private func write(_ writes: inout [Write]) {
        if writes.isEmpty { return }
        if !commit(&writes, together: true) {
            // A failure that no savepoint contains: each write is repeated alone, so that one cannot fail the others.
            for index in writes.indices {
                var single = [writes[index]]
                single[0].result = .success(())
                _ = commit(&single, together: false)
                writes[index] = single[0]
            }
        }
        for write in writes { write.continuation.resume(returning: write.result) }
        writes = []
    }

    /// Commits writes in one transaction and fills in their results; `false` when they should be repeated one by one.
    private func commit(_ writes: inout [Write], together: Bool) -> Bool {
        let isAlone = writes.count == 1
        do throws(SQLiteError) {
            try begin.run()
        } catch {
            // The lock was not free within the busy timeout. One by one, each write would wait that long again.
            fail(&writes, StoreFailure.database(error).storeError())
            return true
        }
        var isCommitting = false
        do throws(SQLiteError) {
            for index in writes.indices { writes[index].result = try apply(writes[index].operations, isAlone: isAlone) }
            if isAlone, case .failure = writes[0].result {
                try rollback.run()
                return true
            }
            isCommitting = true
            try commit.run()
            return true
        } catch {
            if connection.isInTransaction {
                // If the rollback fails, the connection rolls back when it is next used.
                try? rollback.run()
            } else if isCommitting {
                // SQLite ended the transaction by itself: whether it is on disk is unknown.
                fail(&writes, .unavailable(error.debugDescription, outcomeUnknown: true))
                return true
            }
            if together && !isAlone { return false }
            fail(&writes, .unavailable(error.debugDescription, outcomeUnknown: false))
            return true
        }
    }

    private func apply(_ operations: [StoreOperation], isAlone: Bool) throws(SQLiteError) -> Result<Void, StoreError> {
        let now = surroundings.now()
        // A single operation is one statement, which is atomic by itself.
        let needsSavepoint = !isAlone && operations.count > 1
        if needsSavepoint { try savepoint.run() }
        do throws(StoreFailure) {
            for operation in operations { try statements.apply(operation, etag: surroundings.newUUID(), at: now) }
        } catch {
            switch error {
            case .database(let failure): throw failure
            case .refused(let refusal):
                if needsSavepoint {
                    try rollbackToSavepoint.run()
                    try release.run()
                }
                return .failure(refusal)
            }
        }
        if needsSavepoint { try release.run() }
        return .success(())
    }

    private func fail(_ writes: inout [Write], _ error: StoreError) {
        for index in writes.indices { writes[index].result = .failure(error) }
    }

    // MARK: Cleaning up

    /// Removes expired rows, which reads no longer see, once an interval.
    private func cleanUpIfDue() {
        guard let interval = options.cleanupInterval else { return }
        let now = surroundings.now()
        guard Duration.nanoseconds(now.nanoseconds &- lastCleanup.nanoseconds) >= interval else { return }
        lastCleanup = now
        do throws(SQLiteError) {
            let delete = try connection.prepare(
                "DELETE FROM \(options.table) WHERE expiration_time IS NOT NULL AND expiration_time <= ?1"
            )
            try delete.bind(now.sql, at: 1)
            try delete.run()
            let note = try connection.prepare(
                "INSERT OR REPLACE INTO \(options.metadataTable) (key, value) VALUES ('last-cleanup', ?1)"
            )
            try note.bind(now.sql, at: 1)
            try note.run()
        } catch {
            // The rows stay hidden, and the next interval tries again.
            return
        }
    }
}
