import Dapr
import Tasks

@testable import TasksDapr

extension ModelRun {
    /// Has things happen to engines and to the store, now and then.
    func disturb() async {
        let rules = [
            ModelRule.restart, .kill, .stop, .shortPause, .longPause, .wallJump, .clockLeap, .loseGround, .bookImport,
        ].filter(world.rules.contains)
        if rules.isEmpty { return }
        for _ in 0..<(3 + world.below(8)) {
            try? await Task.sleep(for: world.upTo(world.isVirtual ? .seconds(4) : .milliseconds(80)))
            if world.hasBroken { return }
            let rule = world.pick(rules)
            if world.strikes(rule, oneIn: 1) { await disturb(by: rule) }
        }
    }

    private func disturb(by rule: ModelRule) async {
        let place = world.below(ModelRun.engineCount)
        let engine = engine(at: place)
        switch rule {
        case .restart:
            world.trace { "the sidecar of \(engine.name) starts again" }
            engine.wire.reset(next: world.below(3))
        case .kill:
            noteDeath()
            replace(place).kill()
        case .stop: await replace(place).stop()
        case .shortPause: pause(engine, for: world.upTo(world.configuration.leaseTime))
        case .longPause: pause(engine, for: world.configuration.takeoverTime + world.upTo(.seconds(20)))
        case .wallJump: engine.jump(byMilliseconds: Int64(world.below(62 * 24) - 31 * 24) * 3_600_000)
        case .clockLeap:
            let leap = Duration.seconds(3600 * (1 + world.below(31 * 24)))
            pause(engine, for: world.upTo(.seconds(1)))
            engine.leap(by: leap)
        case .loseGround: loseGround()
        case .bookImport: await importBook()
        default: break
        }
    }

    private func pause(_ engine: ModelEngine, for time: Duration) {
        world.trace { "\(engine.name) stands still for \(time)" }
        engine.wire.pause(for: time)
    }

    /// Has a copy take over that does not have the last writes: every connection to it breaks, and the first
    /// call over a new one fails.
    private func loseGround() {
        guard let store else { return }
        noteLostGround()
        world.noteLoss()
        let changes = store.loseGround(1 + world.below(6))
        world.trace { "the store loses \(changes.map(\.key).joined(separator: " "))" }
        ledger.noteLostGround(changes)
        resetStore()
    }

    /// Copies a book to an owner that had none.
    private func importBook() async {
        guard let store, let new = OwnerID("copy"), !owners.contains(new) else { return }
        let sidecar: ModelWire.Sidecar = { call throws(DaprTransportError) in store.carryOut(call, isImport: true) }
        let dapr = DaprClient(transport: ModelWire("import", world, sidecar: sidecar)).with(
            timeout: world.configuration.callTimeout
        )
        let old = world.pick(owners)
        for _ in 0..<30 {
            do throws(TransferError) {
                var lines: [[UInt8]] = []
                let counts = try await BookExport(dapr: dapr, store: "statestore", owner: old).run { lines.append($0) }
                if counts.commits == 0 { return }
                let file = try BookFile(parsing: Array(lines.joined(separator: [10])), for: new)
                let outcome = try await importing(file, dapr)
                world.trace { "\(old) was imported as \(new): \(outcome)" }
                add(new)
                return
            } catch {
                world.trace { "\(old) is not imported yet: \(error)" }
            }
        }
    }

    /// Goes on until the file is imported, as people would.
    private func importing(_ file: BookFile, _ dapr: DaprClient) async throws(TransferError) -> BookImport.Outcome {
        var failures = 0
        while true {
            do throws(TransferError) {
                return try await BookImport(dapr: dapr, store: "statestore", file: file).run()
            } catch {
                failures += 1
                if failures == 40 { throw error }
            }
        }
    }
}
