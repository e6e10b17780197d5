import Dapr
import Foundation
import Log
import Metrics
import SidecarTransport
import Synchronization
import Tasks

@testable import TasksDapr

/// An engine that can be killed: from then on nothing it does has an effect, and nothing reaches it.
final class ModelEngine: Sendable {
    private final class Wire: DaprTransport {
        let isDead = Mutex(false)
        private let sidecar: SidecarTransport
        private let broker: RecordingBroker

        init(_ sidecar: SidecarTransport, _ broker: RecordingBroker) {
            self.sidecar = sidecar
            self.broker = broker
        }

        func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
            if isDead.withLock({ $0 }) { throw .unreachable("killed") }
            let answer: DaprResponse
            if request.path.hasPrefix("/v1.0/publish/bulk/") {
                answer = try broker.publish(request.body ?? [])
            } else {
                answer = try await sidecar.send(request)
            }
            // What was on its way has its effect, and its answer reaches nobody.
            if isDead.withLock({ $0 }) { throw .connectionLost("killed") }
            return answer
        }
    }

    let service: JournalTaskService
    let dapr: DaprClient
    private let wire: Wire
    private let relay: Task<Void, Never>

    init(_ sidecar: SidecarTransport, _ broker: RecordingBroker) {
        let wire = Wire(sidecar, broker)
        self.wire = wire
        dapr = DaprClient(transport: wire)
        let now: @Sendable () -> Timestamp = { Timestamp(clamping: Int64(Date().timeIntervalSince1970 * 1000)) }
        let ids = TaskIDMaker(now: now)
        let service = JournalTaskService(
            dapr: dapr,
            store: "statestore",
            pubsub: "pubsub",
            topic: "tasks",
            limits: .model,
            now: now,
            newID: { ids.next() },
            logger: .silent,
            metrics: MetricsRegistry()
        )
        self.service = service
        relay = Task { await service.run() }
    }

    /// Ends it as SIGKILL would.
    func kill() {
        wire.isDead.withLock { $0 = true }
        relay.cancel()
    }

    /// Ends it in order.
    func stop() async {
        relay.cancel()
        await relay.value
    }
}

extension JournalLimits {
    /// Short enough that thousands of runs take minutes.
    static var model: JournalLimits {
        var limits = JournalLimits()
        limits.callTimeout = .milliseconds(200)
        limits.patience = .milliseconds(100)
        limits.commandDeadline = .milliseconds(350)
        limits.leaseTime = .milliseconds(300)
        limits.slotIdleTime = .milliseconds(20)
        limits.drainTime = .seconds(2)
        limits.confirmAfter = .milliseconds(50)
        limits.viewBytes = 60_000
        limits.readsPerCall = 3
        return limits
    }
}
