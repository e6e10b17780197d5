import Dapr
import DaprJSON
import DaprLog
import DaprMetrics
import Foundation
import OpenTelemetry
import Synchronization
import Tasks
import TestSupport
import Testing

@testable import TasksDapr

/// A service over a fake sidecar, with what tests ask of it.
struct Engine: Sendable {
    let service: JournalTaskService
    let owner: OwnerID
    let metrics = MetricsRegistry()

    init(
        _ sidecar: some DaprTransport,
        owner: String = "u1",
        configuration: JournalConfiguration = .quick,
        now: @escaping @Sendable () -> Timestamp = { Timestamp(clamping: Int64(Date().timeIntervalSince1970 * 1000)) },
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        tracer: Tracer? = nil
    ) throws {
        let maker = TaskIDMaker(now: now)
        self.owner = try #require(OwnerID(owner))
        service = JournalTaskService(
            dapr: DaprClient(transport: sidecar, instrumentation: tracer.map { SidecarCallSpans($0) }),
            store: "statestore",
            pubsub: "pubsub",
            topic: "tasks",
            configuration: configuration,
            now: now,
            newID: { maker.next() },
            clock: clock,
            logger: .silent,
            metrics: metrics,
            tracer: tracer
        )
    }

    @discardableResult
    func perform(
        _ command: TaskCommand,
        expecting version: Int? = nil,
        key: String? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(TaskError) -> CommandResult {
        try await service.perform(
            command,
            owner: owner,
            context: CommandContext(
                actor: owner,
                channel: .event,
                conditions: command.expecting(version),
                idempotencyKey: key,
                trace: CallerTrace(parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
                deadline: deadline
            )
        )
    }

    @discardableResult
    func create(_ title: String, key: String? = nil) async throws(TaskError) -> CommandResult {
        try await perform(.create(TaskContent(title: title), id: nil), key: key)
    }

    func list() async throws(TaskError) -> [TaskItem] {
        var query = TaskQuery()
        query.limit = 200
        var items: [TaskItem] = []
        repeat {
            let page = try await service.list(query, owner: owner, trace: nil)
            items += page.items
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return items
    }

    /// The value of a metric without labels.
    func metric(_ name: String) throws -> Double {
        let text = String(decoding: metrics.exposition(), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
        return try #require(Double(line.dropFirst(name.count + 1)))
    }

    /// Publishes while the body runs, and until all is published.
    @discardableResult
    func withRelay<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let relay = Task { await service.run() }
        do {
            let value = try await body()
            relay.cancel()
            await relay.value
            return value
        } catch {
            relay.cancel()
            await relay.value
            throw error
        }
    }
}

extension JournalConfiguration {
    /// Short enough for tests.
    static var quick: JournalConfiguration {
        var configuration = JournalConfiguration.ofServer
        configuration.commandDeadline = .seconds(60)
        configuration.callTimeout = .seconds(2)
        configuration.drainTime = .seconds(30)
        configuration.patience = .seconds(5)
        return configuration
    }
}
