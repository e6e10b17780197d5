internal import DaprEventLoop
package import DaprSidecar
internal import Postgres

/// `state.postgresql` v2: daprd's own tables, group commit.
///
/// One connection with its thread serves reads, two serve writes: while one group waits for the disk the next is
/// prepared. Conditional writes and removals use the first one only, so that the two cannot wait for each other's rows.
package final class PostgresStateStore: StateStore {
    private let writer: WorkerThread<StoreWorker>
    private let second: WorkerThread<StoreWorker>
    private let reader: WorkerThread<StoreWorker>

    /// The most requests that may wait for each thread.
    private static let capacity = 10_000
    /// The most requests that are sent to the server together.
    private static let batchLimit = 512

    /// Connects, and creates missing tables.
    package static func open(
        _ options: PostgresStoreOptions,
        surroundings: Surroundings = Surroundings()
    ) async throws(StoreError) -> PostgresStateStore {
        var threads: [WorkerThread<StoreWorker>] = []
        let servers = StoreServers()
        do throws(StoreError) {
            for _ in 0..<max(options.connections, 1) {
                threads.append(try await start(options, servers, surroundings, isFirst: threads.isEmpty))
            }
        } catch {
            for thread in threads { await thread.stop() }
            throw error
        }
        return PostgresStateStore(
            writer: threads[0],
            second: threads[threads.count > 2 ? 2 : 0],
            reader: threads[threads.count > 1 ? 1 : 0]
        )
    }

    package let capabilities = ["ETAG", "TRANSACTIONAL", "TTL", "KEYS_LIKE", "ACTOR"]

    package func get(_ key: String) async throws(StoreError) -> StoredValue? {
        try await withCheckedContinuation { submit(.get(key, $0), to: reader) }.get()
    }

    package func bulkGet(_ keys: [String]) async throws(StoreError) -> [BulkGetRow] {
        try await withCheckedContinuation { submit(.bulkGet(keys, $0), to: reader) }.get()
    }

    package func apply(_ operations: [StoreOperation]) async throws(StoreError) {
        let isSimple = operations.allSatisfy(\.isPlainSet)
        // So a single caller stays on one connection.
        let thread = isSimple && second.waitingCount < writer.waitingCount ? second : writer
        try await withCheckedContinuation { submit(.apply(operations, $0), to: thread) }.get()
    }

    package func close() async {
        for thread in [writer, second, reader] { await thread.stop() }
    }

    private init(
        writer: WorkerThread<StoreWorker>,
        second: WorkerThread<StoreWorker>,
        reader: WorkerThread<StoreWorker>
    ) {
        self.writer = writer
        self.second = second
        self.reader = reader
    }

    private func submit(_ request: StoreRequest, to thread: WorkerThread<StoreWorker>) {
        switch thread.submit(request) {
        case .accepted: return
        case .full(let limit): request.fail(.overloaded(limit: limit))
        case .stopped: request.fail(.closed)
        }
    }

    private static func start(
        _ options: PostgresStoreOptions,
        _ servers: StoreServers,
        _ surroundings: Surroundings,
        isFirst: Bool
    ) async throws(StoreError) -> WorkerThread<StoreWorker> {
        do throws(StartFailure) {
            return try await WorkerThread.start(
                capacity: capacity,
                batchLimit: batchLimit,
                interval: [isFirst ? options.cleanupInterval : nil, options.maxIdleTime].compactMap(\.self).min(),
                failure: { .noThread($0) },
                making: { () throws(StartFailure) in
                    do throws(PostgresSchemaError) {
                        return try StoreWorker(options, servers, surroundings, isFirst: isFirst)
                    } catch {
                        throw .schema(error)
                    }
                }
            )
        } catch {
            throw .unavailable("\(error)", outcomeUnknown: false)
        }
    }

    /// Why a thread did not start.
    private enum StartFailure: Error, CustomStringConvertible {
        case noThread(EventLoopError)
        case schema(PostgresSchemaError)

        var description: String {
            switch self {
            case .noThread(let error): "\(error)"
            case .schema(let error): "\(error)"
            }
        }
    }
}

extension StateStoreType {
    /// `state.postgresql` v2.
    ///
    /// v1 has other tables. Its ETag is the transaction's number, so that the writes of a group could not be told
    /// apart.
    package static var postgresql: StateStoreType {
        StateStoreType(
            type: "state.postgresql",
            versions: ["v2"],
            options: PostgresStoreOptions.names,
            // A component with invalid options is refused when it is opened.
            notes: { component in (try? PostgresStoreOptions(component))?.notes ?? [] },
            open: { component, context throws(ComponentError) in
                let options = try PostgresStoreOptions(component)
                do throws(StoreError) {
                    return try await PostgresStateStore.open(options, surroundings: context.surroundings)
                } catch {
                    throw component.error(.notInitialised("\(error)"))
                }
            }
        )
    }
}
