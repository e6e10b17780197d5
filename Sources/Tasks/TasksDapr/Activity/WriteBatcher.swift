internal import Dapr
internal import Synchronization

/// Writes documents under their ETags, and combines those given within one turn of a loop into one transaction.
///
/// A bulk delivery brings changes of many owners, and a call costs the service, the sidecar and the store more than its
/// contents. A document that comes alone is written by itself. A transaction writes all or nothing. When it is refused
/// for a reason that may concern only one document, each is written by itself; any other failure is reported to every
/// caller.
final class WriteBatcher: Sendable {
    private struct Writer {
        let item: StateItem
        let continuation: CheckedContinuation<Result<Void, DaprError>, Never>
    }

    /// The most documents in a transaction: that many activity documents stay far below what a sidecar takes.
    private static let limit = 32

    private let dapr: DaprClient
    private let store: StateStoreName
    private let executor: (any TaskExecutor)?
    private let watch: StoreWatch?
    /// The writers whose write has not begun.
    private let waiting = Mutex<[Writer]>([])

    /// Creates a batcher for one loop, on which its writes need no hop; `nil` is the shared pool.
    init(dapr: DaprClient, store: StateStoreName, executor: (any TaskExecutor)?, watch: StoreWatch?) {
        self.dapr = dapr
        self.store = store
        self.executor = executor
        self.watch = watch
    }

    /// Writes a document as its ETag and concurrency demand; the write goes on when the caller is cancelled.
    func save(_ item: StateItem, trace: TraceContext?) async throws(DaprError) {
        let result = await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                waiting.append(Writer(item: item, continuation: continuation))
                return waiting.count == 1
            }
            // The task runs after the loop has started the rest of its work; by then other writers have joined.
            if isFirst { Task(executorPreference: executor) { await self.writeAll(trace) } }
        }
        try result.get()
    }

    private func writeAll(_ trace: TraceContext?) async {
        var rest = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting[...]
        }
        await withDiscardingTaskGroup { group in
            while !rest.isEmpty {
                let batch = Array(rest.prefix(WriteBatcher.limit))
                rest = rest.dropFirst(WriteBatcher.limit)
                group.addTask { await self.write(batch, trace) }
            }
        }
    }

    private func write(_ batch: [Writer], _ trace: TraceContext?) async {
        if batch.count > 1 {
            // All writers use one order of keys, so that databases do not deadlock.
            let items = batch.map(\.item).sorted { $0.key.precedes($1.key) }
            let result = await noted { () async throws(DaprError) in
                try await dapr.transactState(items.map { .upsert($0) }, in: store, trace: trace)
            }
            if !mayBeOfOneDocument(result) {
                for writer in batch { writer.continuation.resume(returning: result) }
                return
            }
        }
        await withDiscardingTaskGroup { group in
            for writer in batch {
                group.addTask { writer.continuation.resume(returning: await self.alone(writer.item, trace)) }
            }
        }
    }

    private func alone(_ item: StateItem, _ trace: TraceContext?) async -> Result<Void, DaprError> {
        await noted { () async throws(DaprError) in try await dapr.saveState([item], in: store, trace: trace) }
    }

    private func noted(_ call: () async throws(DaprError) -> Void) async -> Result<Void, DaprError> {
        do throws(DaprError) {
            return .success(try await watched(by: watch, call))
        } catch {
            return .failure(error)
        }
    }

    /// Whether nothing was written for a reason that may concern only one document.
    private func mayBeOfOneDocument(_ result: Result<Void, DaprError>) -> Bool {
        guard case .failure(let error) = result else { return false }
        switch error.kind {
        case .conflict, .alreadyExists, .invalidArgument, .refused: return true
        case .outcomeUnknown, .notFound, .notConfigured, .unreachable, .timedOut, .cancelled, .unreadableAnswer:
            return false
        }
    }
}
