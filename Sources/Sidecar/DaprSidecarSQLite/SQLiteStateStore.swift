internal import DaprEventLoop
package import DaprSidecar
internal import SQLite

/// `state.sqlite`: daprd's own tables, FULL durability, group commit.
///
/// Writes and reads have a thread and a connection each: with a write-ahead log neither waits for the other. A database
/// in memory has one connection for both.
package final class SQLiteStateStore: StateStore {
    private let writer: WorkerThread<StoreWorker>
    private let reader: WorkerThread<StoreWorker>

    /// The most requests that may wait for each thread.
    private static let capacity = 10_000
    /// The most writes in one transaction.
    private static let batchLimit = 512

    /// Opens a database and creates missing tables.
    package static func open(
        _ options: SQLiteStoreOptions,
        surroundings: Surroundings = Surroundings()
    ) async throws(StoreError) -> SQLiteStateStore {
        let writer = try await writerThread(options, surroundings)
        if options.isInMemory { return SQLiteStateStore(writer: writer, reader: writer, file: nil) }
        do throws(StoreError) {
            let reader = try await readerThread(options, surroundings)
            return SQLiteStateStore(writer: writer, reader: reader, file: options.file)
        } catch {
            await writer.stop()
            throw error
        }
    }

    package let file: String?

    package let capabilities = ["ETAG", "TRANSACTIONAL", "TTL", "KEYS_LIKE", "ACTOR"]

    package func get(_ key: String) async throws(StoreError) -> StoredValue? {
        try await withCheckedContinuation { submit(.get(key, $0), to: reader) }.get()
    }

    package func bulkGet(_ keys: [String]) async throws(StoreError) -> [BulkGetRow] {
        try await withCheckedContinuation { submit(.bulkGet(keys, $0), to: reader) }.get()
    }

    package func apply(_ operations: [StoreOperation]) async throws(StoreError) {
        try await withCheckedContinuation { submit(.apply(operations, $0), to: writer) }.get()
    }

    package func close() async {
        await writer.stop()
        await reader.stop()
    }

    private init(writer: WorkerThread<StoreWorker>, reader: WorkerThread<StoreWorker>, file: String?) {
        self.writer = writer
        self.reader = reader
        self.file = file
    }

    private func submit(_ request: StoreRequest, to thread: WorkerThread<StoreWorker>) {
        switch thread.submit(request) {
        case .accepted: return
        case .full(let limit): request.fail(.overloaded(limit: limit))
        case .stopped: request.fail(.closed)
        }
    }

    private static func writerThread(
        _ options: SQLiteStoreOptions,
        _ surroundings: Surroundings
    ) async throws(StoreError) -> WorkerThread<StoreWorker> {
        try await start(interval: options.cleanupInterval) { () throws(SQLiteSchemaError) in
            let connection = try SQLiteSchemaError.wrapping { () throws(SQLiteError) in
                try SQLiteConnection(opening: options.location, options: options.connection)
            }
            try SQLiteSchema(table: options.table, metadataTable: options.metadataTable).migrate(connection)
            return try SQLiteSchemaError.wrapping { () throws(SQLiteError) in
                try StoreWorker(connection, options, surroundings)
            }
        }
    }

    private static func readerThread(
        _ options: SQLiteStoreOptions,
        _ surroundings: Surroundings
    ) async throws(StoreError) -> WorkerThread<StoreWorker> {
        var options = options
        options.cleanupInterval = nil
        return try await start(interval: nil) { [options] () throws(SQLiteSchemaError) in
            try SQLiteSchemaError.wrapping { () throws(SQLiteError) in
                let connection = try SQLiteConnection(opening: options.location, options: options.connection)
                return try StoreWorker(connection, options, surroundings)
            }
        }
    }

    private static func start(
        interval: Duration?,
        making make: @escaping @Sendable () throws(SQLiteSchemaError) -> StoreWorker
    ) async throws(StoreError) -> WorkerThread<StoreWorker> {
        do throws(SQLiteSchemaError) {
            return try await WorkerThread.start(
                capacity: capacity,
                batchLimit: batchLimit,
                interval: interval,
                failure: { .noThread($0) },
                making: make
            )
        } catch {
            throw .unavailable("\(error)", outcomeUnknown: false)
        }
    }
}

extension StateStoreType {
    /// `state.sqlite`.
    package static var sqlite: StateStoreType {
        StateStoreType(type: "state.sqlite", options: SQLiteStoreOptions.names) {
            component,
            context throws(ComponentError) in
            let options = try SQLiteStoreOptions(component)
            do throws(StoreError) {
                return try await SQLiteStateStore.open(options, surroundings: context.surroundings)
            } catch {
                throw component.error(.notInitialised("\(options.location): \(error)"))
            }
        }
    }
}
