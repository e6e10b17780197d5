import Dapr
import DaprJSON
import Foundation
import Synchronization
import Tasks
import TestTools

@testable import TasksDapr

/// One run of the model: clients with random commands on engines that share a store, while things go wrong, and then everything that was
/// promised is compared with everything that is stored and published.
final class ModelRun: Sendable {
    private struct State {
        var engines: [ModelEngine] = []
        /// The ways of all engines to the store, also of those that are leaving.
        var wires: [ModelWire] = []
        var owners: [OwnerID]
        var readers: [ModelReader] = []
        var born = 0
        /// Those that did not end in order, so that others must take over from them.
        var hasDeaths = false
        var hasLostGround = false
        var isOver = false
    }

    static let engineCount = 3
    static let clientCount = 4

    let world: ModelWorld
    let ledger: ModelLedger
    let broker: ModelBroker
    /// The store, when it is one of the model's own.
    let store: ModelSidecar?
    /// What the store began with.
    let image: ModelImage?
    private let sidecar: ModelWire.Sidecar
    private let state: Mutex<State>

    /// A run on a store of the model's own.
    init(_ world: ModelWorld, on image: ModelImage? = nil) throws {
        let ledger = ModelLedger(world, image.map { [$0.owner: $0.account] } ?? [:])
        let broker = ModelBroker(world, ledger)
        self.image = image
        let store = ModelSidecar(image?.rows ?? [:]) { ledger.note($0, isImport: $1) }
        (self.world, self.ledger, self.broker, self.store) = (world, ledger, broker, store)
        sidecar = { call throws(DaprTransportError) in
            if call.kind == .publish { return try broker.carryOut(call) }
            return store.carryOut(call, isImport: false)
        }
        let owners = try ModelRun.owners(suffix: "")
        // Often, so that enough happens to it.
        state = Mutex(State(owners: owners + Array(repeating: image?.owner, count: 3).compactMap(\.self)))
    }

    /// A run on what a sidecar has.
    init(_ world: ModelWorld, _ transport: any DaprTransport) throws {
        let ledger = ModelLedger(world)
        let broker = ModelBroker(world, ledger)
        (self.world, self.ledger, self.broker, store, image) = (world, ledger, broker, nil, nil)
        sidecar = { call throws(DaprTransportError) in
            if call.kind == .publish { return try broker.carryOut(call) }
            return try await transport.send(call.request)
        }
        // Stores that outlive a run have the owners of other runs.
        state = Mutex(State(owners: try ModelRun.owners(suffix: "\(world.seed)")))
    }

    private static func owners(suffix: String) throws -> [OwnerID] {
        try ["a", "b", "c", "d", "e", "f"].map { name in
            guard let owner = OwnerID(name + suffix) else { throw Violation("no owner") }
            return owner
        }
    }

    /// The owners, some of them several times.
    var owners: [OwnerID] { state.withLock { $0.owners } }
    var readers: [ModelReader] { state.withLock { $0.readers } }
    var hasLostGround: Bool { state.withLock { $0.hasLostGround } }
    var isOver: Bool { state.withLock { $0.isOver } }

    /// How long a client waits between commands, mostly.
    var shortPause: Duration { .milliseconds(world.isVirtual ? world.pace : 20) }
    /// How long it waits now and then.
    var longPause: Duration { world.isVirtual ? .seconds(5) : .milliseconds(150) }

    /// An owner to give commands for: for a while mostly the same for all, so that they meet.
    func owner() -> OwnerID {
        let owners = owners
        if world.oneIn(2) { return world.pick(owners) }
        let second = Int(world.wall.milliseconds / 1000)
        return owners[second % owners.count]
    }

    // MARK: - Engines

    /// Some engine.
    func engine() -> ModelEngine {
        let place = world.below(ModelRun.engineCount)
        return state.withLock { $0.engines[place] }
    }

    /// A new engine.
    func born(_ name: String? = nil) -> ModelEngine {
        let number = state.withLock { state in
            state.born += 1
            return state.born
        }
        let engine = ModelEngine(name ?? "engine\(number)", world, sidecar: sidecar)
        state.withLock { $0.wires.append(engine.wire) }
        return engine
    }

    /// Breaks the connections of every engine's sidecar to the store.
    func resetStore() {
        for wire in state.withLock({ $0.wires }) { wire.resetStore() }
    }

    /// Puts a new engine in the place of one.
    /// - Returns: the one that leaves, who is asked no more.
    func replace(_ place: Int) -> ModelEngine {
        let new = born()
        return state.withLock { state in
            defer { state.engines[place] = new }
            return state.engines[place]
        }
    }

    func engine(at place: Int) -> ModelEngine { state.withLock { $0.engines[place] } }

    func setEngine(_ engine: ModelEngine, at place: Int) { state.withLock { $0.engines[place] = engine } }

    func noteDeath() { state.withLock { $0.hasDeaths = true } }

    func noteLostGround() { state.withLock { $0.hasLostGround = true } }

    func add(_ owner: OwnerID) { state.withLock { $0.owners.append(owner) } }

    // MARK: - The run

    /// Plays the run.
    /// - Throws: ``Broken`` when a promise was broken.
    func play() async throws {
        world.trace { "seed \(world.seed) with \(world.rules.map(\.rawValue).sorted().joined(separator: " "))" }
        for rule in world.rules where rule.isHarmless && rule != .sameID && rule != .bookImport {
            world.count.count(rule)
        }
        let engines = (0..<ModelRun.engineCount).map { _ in born() }
        state.withLock { $0.engines = engines }
        let subscriber = Task { await self.deliver() }
        let readers = Set(owners).sorted { $0.rawValue < $1.rawValue }.map { ModelReader($0, self) }
        state.withLock { $0.readers = readers }
        let following = readers.map { reader in Task { await reader.follow() } }
        let given = await withTaskGroup(of: [Given].self) { group in
            for number in 0..<ModelRun.clientCount {
                group.addTask {
                    var client = ModelClient(number, self)
                    return await client.work(self.world.isVirtual ? 30 : 12)
                }
            }
            group.addTask {
                await self.disturb()
                return []
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        world.calmDown()
        for task in following { task.cancel() }
        for task in following { await task.value }
        do {
            try await reckon(given)
        } catch {
            await end(subscriber)
            throw error
        }
        await end(subscriber)
        try world.checkNothingBroke()
        world.count.noteRun(
            changes: Set(owners).reduce(0) { $0 + ledger.account($1).last - ledger.account($1).imported }
        )
    }

    private func end(_ subscriber: Task<Void, Never>) async {
        state.withLock { $0.isOver = true }
        for engine in state.withLock({ $0.engines }) { engine.kill() }
        await subscriber.value
    }

    // MARK: - The subscriber

    /// Gives the events to the activity of some engine, again and again until they are counted.
    private func deliver() async {
        while !isOver {
            try? await Task.sleep(for: shortPause)
            for (owner, changes) in broker.nextDelivery() {
                switch await note(changes, of: owner) {
                case .success(let receipt):
                    let early = changes.filter { $0.sequence > receipt.after }
                    if !early.isEmpty { world.note(.gapInActivity) }
                    broker.deliverAgain(early, of: owner)
                case .failure: broker.deliverAgain(changes, of: owner)
                }
            }
            broker.noteDelivered()
        }
    }

    /// Gives events to some engine, for as long as a delivery may take.
    private func note(_ changes: [ActivityChange], of owner: OwnerID) async -> Result<ActivityReceipt, TaskError> {
        do throws(TaskError) {
            let deadline = world.clock() + .seconds(4)
            return .success(try await engine().activity.note(changes, of: owner, trace: nil, until: deadline))
        } catch {
            return .failure(error)
        }
    }
}
