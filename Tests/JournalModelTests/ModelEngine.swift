import Dapr
import DaprLog
import DaprMetrics
import Foundation
import Synchronization
import Tasks

@testable import TasksDapr

/// A server without its doors, that can be killed, stopped, made to stand still, and given other clocks.
final class ModelEngine: Sendable {
    /// How its clocks differ from everyone's.
    private struct Clocks {
        var wall: Int64 = 0
        var steady = Duration.zero
    }

    /// Where they are before their engine is.
    private final class ClockBox: Sendable {
        let state = Mutex(Clocks())
    }

    let name: String
    let service: JournalTaskService
    let activity: ActivityStore
    let dapr: DaprClient
    let wire: ModelWire
    private let clocks: ClockBox
    private let relay: Task<Void, Never>
    private let world: ModelWorld
    private let metrics: MetricsRegistry

    init(_ name: String, _ world: ModelWorld, sidecar: @escaping ModelWire.Sidecar) {
        self.name = name
        self.world = world
        let wire = ModelWire(name, world, sidecar: sidecar)
        self.wire = wire
        let dapr = DaprClient(transport: wire)
        self.dapr = dapr
        let clocks = ClockBox()
        self.clocks = clocks
        let metrics = MetricsRegistry()
        self.metrics = metrics
        let logger = Logger(level: .warning, sink: TracingSink(name: name, world: world))
        let watch = StoreWatch(clock: { world.clock() + clocks.state.withLock { $0.steady } })
        let service = JournalTaskService(
            dapr: dapr,
            store: "statestore",
            pubsub: "pubsub",
            topic: "tasks",
            configuration: world.configuration,
            now: { world.wall.advanced(byMilliseconds: clocks.state.withLock { $0.wall }) },
            newID: { world.newID() },
            clock: { world.clock() + clocks.state.withLock { $0.steady } },
            watch: watch,
            logger: logger,
            metrics: metrics
        )
        self.service = service
        activity = ActivityStore(
            dapr: dapr.with(timeout: world.configuration.callTimeout),
            store: "statestore",
            source: JournalChangeSource(
                dapr: dapr.with(timeout: world.configuration.callTimeout),
                store: "statestore",
                watch: watch
            ),
            configuration: world.configuration,
            clock: { world.clock() },
            watch: watch,
            logger: logger,
            metrics: MetricsRegistry()
        )
        relay = Task { await service.run() }
    }

    /// Ends it as SIGKILL would.
    func kill() {
        world.trace { "\(name) is killed" }
        wire.kill()
        relay.cancel()
        noteWhatItSaw()
    }

    /// Ends it in order.
    func stop() async {
        world.trace { "\(name) is stopped" }
        relay.cancel()
        await relay.value
        noteWhatItSaw()
    }

    /// Has its wall clock show another time.
    func jump(byMilliseconds difference: Int64) {
        world.trace { "the wall clock of \(name) jumps by \(difference / 3_600_000) hours" }
        clocks.state.withLock { $0.wall += difference }
    }

    /// Has its steady clock, and its wall clock, leap ahead.
    func leap(by difference: Duration) {
        world.trace { "the clocks of \(name) leap by \(difference)" }
        clocks.state.withLock { clocks in
            clocks.steady += difference
            clocks.wall += difference.wholeMilliseconds
        }
    }

    /// Whether it has let go of a book that it had.
    func hasEvicted(_ owner: OwnerID) -> Bool { service.shelf.existing(owner) == nil }

    private func noteWhatItSaw() {
        let text = String(decoding: metrics.exposition(), as: UTF8.self)
        func value(_ name: String) -> Int {
            text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
                .flatMap { Double($0.dropFirst(name.count + 1)) }.map { Int($0) } ?? 0
        }
        world.note(.commitRefused, by: value("tasks_commit_conflicts_total"))
        world.note(.headRefused, by: value("tasks_snapshot_failures_total"))
        world.note(.leaseTaken, by: value("tasks_relay_takeovers_total"))
    }
}

/// Shows what an engine says to people, when someone follows a run.
private struct TracingSink: LogSink {
    let name: String
    let world: ModelWorld

    func write(_ line: [UInt8]) {
        let text = String(decoding: line, as: UTF8.self)
        if text.contains("lease was taken") { world.note(.leaseLost) }
        world.trace { "\(name) says \(text.dropLast())" }
    }
}
