internal import DaprEventLoop
internal import DaprSidecar
import DaprText
internal import Glibc
internal import Postgres

/// Carries out the requests of one connection, on its thread.
///
/// Requests that wait at the same time are sent together (group commit): all reads as one statement, all writes as one
/// transaction of at most four statements, however many callers there are. Finished writes are answered while the next
/// group is on its way, because passing an answer back to its task costs about as much as the server needs for a row.
final class StoreWorker: ThreadWorker {
    private let session: StoreSession
    private let statements: StoreStatements
    private let options: PostgresStoreOptions
    private let surroundings: Surroundings
    private var cleaner: ExpiredRowCleaner?
    /// Writes that are finished but not yet answered.
    private var unanswered: [(write: Write, result: Result<Void, StoreError>)] = []

    /// How often a write is attempted that conflicts with other sessions.
    private static let attempts = 6
    /// The number of bytes beyond which a transaction takes no further caller's values.
    private static let groupBytes = 8 << 20

    /// Connects; the first worker also creates missing tables and removes expired rows.
    init(
        _ options: PostgresStoreOptions,
        _ servers: StoreServers,
        _ surroundings: Surroundings,
        isFirst: Bool
    ) throws(PostgresSchemaError) {
        self.options = options
        self.surroundings = surroundings
        session = StoreSession(options, servers, surroundings)
        statements = StoreStatements(options)
        let connection: PostgresConnection
        do throws(PostgresError) { connection = try session.connected() } catch { throw .database(error) }
        if isFirst {
            try PostgresSchema(options: options).migrate(connection)
            cleaner = ExpiredRowCleaner(options)
        }
    }

    func perform(_ requests: [StoreRequest]) {
        var writes: [Write] = []
        var reads: [StoreRequest] = []
        for request in requests {
            switch request {
            case .get, .bulkGet: reads.append(request)
            case .apply(let operations, let continuation):
                writes.append(Write(operations: operations, continuation: continuation))
            }
        }
        for group in Self.groups(writes) { write(group) }
        if !reads.isEmpty { read(reads) }
        if requests.isEmpty { session.dropIfIdle() }
        if let isDue = cleaner?.isDue, isDue {
            settle()
            cleaner?.cleanUp(session, at: surroundings.now())
        }
    }

    func settle() {
        for (write, result) in unanswered { write.continuation.resume(returning: result) }
        unanswered.removeAll(keepingCapacity: true)
    }

    static func refuse(_ request: StoreRequest) { request.fail(.closed) }

    // MARK: Reading

    private func read(_ requests: [StoreRequest]) {
        var keys: Set<ExactText> = []
        for request in requests {
            switch request {
            case .get(let key, _): keys.insert(ExactText(key))
            case .bulkGet(let several, _): keys.formUnion(several.map { ExactText($0) })
            case .apply: continue
            }
        }
        // No row can have such a key, and the server would refuse the whole statement for it.
        let askable = keys.lazy.map(\.text).filter { !$0.utf8.contains(0) }
        do throws(PostgresError) {
            let found = try values(of: Array(askable))
            for request in requests {
                switch request {
                case .get(let key, let continuation): continuation.resume(returning: .success(found[ExactText(key)]))
                case .bulkGet(let keys, let continuation):
                    continuation.resume(returning: .success(BulkGetRow.sqlRows(of: keys, found: found)))
                case .apply: continue
                }
            }
        } catch {
            for request in requests { request.fail(.unavailable(error.debugDescription, outcomeUnknown: false)) }
        }
    }

    private func values(of keys: [String]) throws(PostgresError) -> [ExactText: StoredValue] {
        if keys.isEmpty { return [:] }
        let step = statements.read(keys, at: surroundings.now())
        let result = try retryingOnce { connection throws(PostgresError) in
            try connection.run([step], timeout: patience, whileWaiting: settle)
        }
        var found: [ExactText: StoredValue] = [:]
        guard let rows = result.first else { return found }
        for row in 0..<rows.rowCount {
            guard let key = rows.text(row, 0), let value = rows.bytes(row, 1), let etag = rows.uuid(row, 2) else {
                throw .unexpected(operation: "a row of the state table")
            }
            let expires = rows.integer(row, 3).map { PostgresTime.time($0) }
            found[ExactText(key)] = StoredValue(value: value, etag: etag.text, expires: expires)
        }
        return found
    }

    /// Runs a read, and repeats it once if the connection was lost or the server has become the wrong one.
    private func retryingOnce<Value>(
        _ body: (PostgresConnection) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        let connection = try session.connected(beforeConnecting: settle)
        do throws(PostgresError) {
            let value = try body(connection)
            // A demoted server's answer may be outdated on its successor.
            if !connection.isMisplaced { return value }
        } catch .connectionLost {
            session.drop()
        } catch .refused(let state, let message) {
            guard state.isOfAnotherServer, session.leave() else { throw .refused(state, message: message) }
        }
        return try body(try session.connected())
    }

    // MARK: Writing

    private struct Write {
        let operations: [StoreOperation]
        let continuation: CheckedContinuation<Result<Void, StoreError>, Never>
    }

    /// Divides the waiting writes into transactions of limited size.
    private static func groups(_ writes: [Write]) -> [[Write]] {
        var groups: [[Write]] = []
        var bytes = 0
        for write in writes {
            let size = write.operations.reduce(0) { sum, operation in
                if case .set(let set) = operation { sum + set.value.count } else { sum }
            }
            if groups.isEmpty || bytes + size > groupBytes {
                groups.append([])
                bytes = 0
            }
            bytes += size
            groups[groups.count - 1].append(write)
        }
        return groups
    }

    private func write(_ group: [Write]) {
        do throws(WriteFailure) {
            let results = try commit(group.map(\.operations))
            settle()
            unanswered.append(contentsOf: zip(group, results).map { (write: $0, result: $1) })
        } catch {
            settle()
            if case .refused(let reason) = error, group.count > 1, reason.state?.isOfAnotherServer != true {
                // Nothing of it took effect. Each write is repeated alone, so that one cannot fail the others.
                for write in group { self.write([write]) }
            } else {
                for write in group { write.continuation.resume(returning: .failure(error.storeError)) }
            }
        }
    }

    /// Why a group was not written.
    private enum WriteFailure: Error {
        /// The server refused it: nothing took effect.
        case refused(PostgresError)
        /// It was never sent completely, or was rolled back: nothing took effect.
        case notDone(PostgresError)
        /// The answer was lost: it may have taken effect.
        case unknown(PostgresError)

        var storeError: StoreError {
            switch self {
            case .refused(let error), .notDone(let error):
                .unavailable(error.debugDescription, outcomeUnknown: false)
            case .unknown(let error):
                .unavailable("\(error.debugDescription); the write may have happened", outcomeUnknown: true)
            }
        }
    }

    private func commit(_ writes: [[StoreOperation]]) throws(WriteFailure) -> [Result<Void, StoreError>] {
        let keys = StoreGroup.keysToLookAt(writes).map(\.text).filter { !$0.utf8.contains(0) }
        var failed = 0
        var hasLostOne = false
        var hasMoved = false
        while true {
            do throws(WriteFailure) {
                let results = try attempt(writes, locking: keys)
                session.noteWrite()
                return results
            } catch .refused(let error) where error.state?.isOfAnotherServer == true && !hasMoved && session.leave() {
                // This server did nothing, and another one may be able to.
                hasMoved = true
            } catch .refused(let error) where error.isCrossing && failed + 1 < Self.attempts {
                // Another session interfered, and the server has rolled everything back.
                failed += 1
                pause(milliseconds: surroundings.random() * 4 * Double(1 << failed))
            } catch .notDone(.connectionLost) where !hasLostOne {
                hasLostOne = true
            }
        }
    }

    /// Decides and writes a group in one transaction.
    ///
    /// Without conditions everything is sent in one exchange. With conditions the rows are first read and locked, in an
    /// exchange of their own.
    private func attempt(
        _ writes: [[StoreOperation]],
        locking keys: [String]
    ) throws(WriteFailure) -> [Result<Void, StoreError>] {
        let connection: PostgresConnection
        do throws(PostgresError) {
            connection = try session.connected(beforeConnecting: settle)
        } catch {
            throw .notDone(error)
        }
        let now = surroundings.now()
        var present: [ExactText: StoreGroup.PresentRow] = [:]
        if !keys.isEmpty {
            do throws(PostgresError) {
                let results = try connection.run(
                    [PostgresStep(statements.begin), statements.look(at: keys)],
                    timeout: patience,
                    whileWaiting: settle
                )
                for result in results {
                    for row in 0..<result.rowCount {
                        guard let key = result.text(row, 0), let etag = result.uuid(row, 1) else { continue }
                        let isExpired = result.integer(row, 2).map { PostgresTime.time($0) <= now } ?? false
                        present[ExactText(key)] = StoreGroup.PresentRow(etag: etag, isExpired: isExpired)
                    }
                }
            } catch {
                takeBack(connection)
                if case .refused = error { throw .refused(error) }
                throw .notDone(error)
            }
        }
        let group = StoreGroup(writes, present: present, now: now, newUUID: surroundings.newUUID)
        var steps = statements.write(group, at: now)
        if steps.isEmpty {
            takeBack(connection)
            return group.results
        }
        if !keys.isEmpty { steps.append(PostgresStep(statements.commit)) }
        do throws(PostgresError) {
            _ = try connection.run(steps, timeout: patience, whileWaiting: settle)
            return group.results
        } catch {
            takeBack(connection)
            switch error {
            case .refused(.statementCompletionUnknown, _): throw .unknown(error)
            case .refused: throw .refused(error)
            default: throw .unknown(error)
            }
        }
    }

    /// Ends what is left of a transaction, so that the connection can be used again.
    private func takeBack(_ connection: PostgresConnection) {
        guard connection.isUsable else { return session.drop() }
        guard connection.isInTransaction else { return }
        do throws(PostgresError) {
            try connection.run("ROLLBACK", timeout: patience)
        } catch {
            session.drop()
        }
    }

    /// How long this side waits, which is longer than the server does.
    private var patience: Duration { options.timeout + .seconds(2) }

    private func pause(milliseconds: Double) { usleep(UInt32(max(0, min(milliseconds, 1000)) * 1000)) }
}

extension PostgresError {
    /// Whether other sessions interfered, so that another attempt can succeed.
    fileprivate var isCrossing: Bool {
        switch state {
        case .serializationFailure, .deadlockDetected, .divisionByZero: true
        default: false
        }
    }
}
