import Dapr
import DaprJSON
import Synchronization

@testable import TasksDapr

/// The way of one engine to its sidecar, on which things go wrong as the run's rules say.
///
/// No call has its effect later than twice the call timeout after it was sent, on any machine: a call has its time when it begins.
final class ModelWire: DaprTransport {
    /// What carries a call out, at once when the run has a time of its own.
    typealias Sidecar = @Sendable (ModelCall) async throws(DaprTransportError) -> DaprResponse

    private struct State {
        var isDead = false
        var pausedUntil: ContinuousClock.Instant?
        /// Grows when the sidecar starts again, or every connection breaks.
        var epoch = 0
        /// Calls that break because the connections they would use did.
        var resets = 0
        /// Calls to the store that break because the sidecar's connections to it did.
        var storeResets = 0
    }

    private enum Fault {
        case none
        case cut
        case lose
        case fail
        case repeatInside
        case repeatLate
        case omit
    }

    private let name: String
    private let world: ModelWorld
    private let state = Mutex(State())
    private let sidecar: Sidecar

    init(_ name: String, _ world: ModelWorld, sidecar: @escaping Sidecar) {
        self.name = name
        self.world = world
        self.sidecar = sidecar
    }

    // MARK: - What befalls the engine

    /// Has nothing it does have an effect from now on, and nothing reach it.
    func kill() { state.withLock { $0.isDead = true } }

    /// Holds what it sends and what comes for it.
    func pause(for duration: Duration) { state.withLock { $0.pausedUntil = world.clock() + duration } }

    /// Breaks the calls under way, and so many that come.
    func reset(next: Int) {
        state.withLock { state in
            state.epoch += 1
            state.resets = next
        }
    }

    /// Breaks the calls under way, and the next one that needs the store.
    func resetStore() {
        state.withLock { state in
            state.epoch += 1
            state.storeResets = 1
        }
    }

    // MARK: - Calls

    func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        let call = ModelCall(request)
        try await holdWhilePaused()
        if state.withLock({ $0.isDead }) { throw .unreachable("killed") }
        if Task.isCancelled { throw .cancelledBeforeSending }
        let sent = world.clock()
        let epoch = state.withLock { $0.epoch }
        let isReset = state.withLock { state in
            let isReset = state.resets > 0 || state.storeResets > 0 && call.kind != .publish
            if state.resets > 0 { state.resets -= 1 } else if isReset { state.storeResets -= 1 }
            return isReset
        }
        let outcome: Result<DaprResponse, DaprTransportError>
        do throws(DaprTransportError) {
            if isReset { throw .connectionLost("reset") }
            outcome = .success(try await exchange(call, sent, epoch))
        } catch {
            outcome = .failure(error)
        }
        world.trace {
            "\(name) \(call.kind.rawValue) \(call.summary) sent \(sent.duration(to: world.clock())) ago: \(outcome.summary)"
        }
        return try outcome.get()
    }

    private func exchange(
        _ call: ModelCall,
        _ sent: ContinuousClock.Instant,
        _ epoch: Int
    ) async throws(DaprTransportError) -> DaprResponse {
        if world.strikes(.refuse, oneIn: 30) { throw .unreachable("refused") }
        let fault = fault(call)
        let losses = world.losses
        let timeout = call.request.timeout
        var there = latency()
        let back = latency()
        let odds = call.isUpkeep ? 4 : 1
        if world.strikes(.slow, oneIn: 40 / odds) { there += world.upTo(timeout * 0.9) }
        if call.kind == .publish, world.strikes(.brokerSlow, oneIn: 2) {
            there += world.upTo(world.configuration.callTimeout * 1.5)
        }
        if world.strikes(.late, oneIn: call.writes ? 32 / odds : 100) {
            // Whatever the caller allowed it, the bound is that of the longest call.
            there = world.configuration.callTimeout + world.upTo(world.configuration.callTimeout) - .milliseconds(1)
        }
        guard there + back < timeout else {
            let delay = there
            // On its way, whatever becomes of who sent it.
            Task {
                try? await Task.sleep(for: delay)
                guard self.world.losses == losses else { return }
                _ = try? await self.carryOut(call, .none)
                if call.isUpkeep { self.world.note(.upkeepLate) }
                self.world.trace { "\(self.name) \(call.kind.rawValue) \(call.summary) was late" }
            }
            await self.sleep(timeout)
            throw Task.isCancelled ? .cancelled : .timedOut
        }
        await sleep(there)
        if Task.isCancelled {
            if world.oneIn(2) { _ = try? await carryOut(call, .none) }
            throw .cancelled
        }
        if isBroken(since: epoch) || fault == .cut {
            // A sidecar may give the store that took over what it had for the one before.
            if world.losses != losses, world.oneIn(2) { _ = try? await carryOut(call, .none) }
            throw .connectionLost("before")
        }
        if fault == .fail { return ModelSidecar.failure(world.pick([500, 503]), "ERR_INTERNAL", "as the model says") }
        let answer = try await carryOut(call, fault)
        await sleep(back)
        try await holdWhilePaused()
        if state.withLock({ $0.isDead }) { throw .connectionLost("killed") }
        if isBroken(since: epoch) || fault == .lose { throw .connectionLost("after") }
        return answer
    }

    /// Mostly short, so that the others that are under way are overtaken by some.
    private func latency() -> Duration {
        guard world.isVirtual else { return world.upTo(.milliseconds(3)) }
        return world.upTo(.milliseconds(world.oneIn(16) ? 250 : 12))
    }

    private func carryOut(_ call: ModelCall, _ fault: Fault) async throws(DaprTransportError) -> DaprResponse {
        let answer = try await sidecar(call)
        if state.withLock({ $0.isDead }), call.kind == .transaction { world.note(.commitAfterItsEngineDied) }
        switch fault {
        case .none, .cut, .lose, .fail: return answer
        case .omit: return omitting(answer)
        case .repeatInside:
            let losses = world.losses
            await sleep(world.upTo(.milliseconds(200)))
            guard world.losses == losses else { throw .connectionLost("the store is another") }
            return try await sidecar(call)
        case .repeatLate:
            let delay = world.upTo(world.configuration.callTimeout * 2 - .milliseconds(100))
            let losses = world.losses
            Task {
                try? await Task.sleep(for: delay)
                guard self.world.losses == losses else { return }
                let answer = try? await self.sidecar(call)
                if call.isUpkeep { self.world.note(.upkeepLate) }
                self.world.trace {
                    "\(self.name) \(call.kind.rawValue) \(call.summary) came again: \(answer?.status ?? 0)"
                }
            }
            return answer
        }
    }

    private func fault(_ call: ModelCall) -> Fault {
        if call.kind == .bulkGet, world.strikes(.omit, oneIn: 12) { return .omit }
        if world.strikes(.fail, oneIn: 40) { return .fail }
        if world.strikes(.cut, oneIn: 30) { return .cut }
        if world.strikes(.lose, oneIn: 20) { return .lose }
        guard call.writes, call.kind != .publish else { return .none }
        let odds = call.isUpkeep ? 4 : 1
        if world.strikes(.repeatInside, oneIn: 24 / odds) { return .repeatInside }
        if world.strikes(.repeatLate, oneIn: 24 / odds) { return .repeatLate }
        return .none
    }

    /// The answer of a store that lost its connection while it read: what it did not get to is missing.
    private func omitting(_ answer: DaprResponse) -> DaprResponse {
        guard let rows = (try? JSONValue(parsing: answer.body))?.arrayValue, !rows.isEmpty else { return answer }
        let found = world.below(rows.count)
        let cut = rows.enumerated().map { place, row in
            place < found ? row : JSONValue.object(["key": row["key"] ?? .null])
        }
        return DaprResponse(status: answer.status, body: JSONValue.array(cut).serialized(escapingHTML: true))
    }

    private func isBroken(since epoch: Int) -> Bool { state.withLock { $0.epoch != epoch } }

    private func holdWhilePaused() async throws(DaprTransportError) {
        while let until = state.withLock({ $0.pausedUntil }) {
            let now = world.clock()
            if until <= now {
                state.withLock { if $0.pausedUntil == until { $0.pausedUntil = nil } }
                return
            }
            // Cancelled or not: a process that stands still notices nothing.
            let rest = now.duration(to: until)
            await Task { try? await Task.sleep(for: rest) }.value
        }
    }

    /// Sleeps, less when cancelled.
    private func sleep(_ duration: Duration) async {
        // Whoever is cancelled looks for it afterwards.
        try? await Task.sleep(for: duration)
    }
}

extension ModelCall {
    /// What it is about, in a line.
    fileprivate var summary: String {
        let keys = keys.count > 6 ? keys.prefix(5) + ["… \(keys.count)"] : keys[...]
        return kind == .publish
            ? (body.arrayValue ?? []).compactMap { $0["event"]?["id"]?.stringValue }.joined(separator: " ")
            : keys.joined(separator: " ")
    }
}

extension Result where Success == DaprResponse, Failure == DaprTransportError {
    fileprivate var summary: String {
        switch self {
        case .success(let answer): "\(answer.status)"
        case .failure(let error): "\(error)"
        }
    }
}
