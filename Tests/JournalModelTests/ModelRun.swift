import Dapr
import Foundation
import JSON
import Sidecar
import SidecarTransport
import Synchronization
import Tasks
import TestSupport

@testable import TasksDapr

/// One run of the model: clients with random commands on engines that die, over a sidecar and a broker that fail, and then everything
/// that was promised is compared with everything that is stored and published.
final class ModelRun: Sendable {
    /// What a client knows of a command it gave.
    struct Given: Sendable {
        enum Fate: Sendable {
            case acknowledged([UInt8])
            case refused
            case unknown
        }

        let owner: OwnerID
        /// The title that only this command sets; nil for a command that sets none.
        let mark: String?
        var fate: Fate
    }

    let seed: UInt64
    let owners: [OwnerID]
    private let sidecar: EmbeddedSidecar
    let broker: RecordingBroker
    private let engines: Mutex<[ModelEngine]>

    private init(seed: UInt64, _ sidecar: EmbeddedSidecar) throws {
        self.seed = seed
        self.sidecar = sidecar
        // Stores that outlive a run have the owners of other runs.
        owners = try ["a", "b"].map { name in
            guard let owner = OwnerID("\(name)\(seed)") else { throw Violation("no owner") }
            return owner
        }
        broker = RecordingBroker(seed: seed, chance: 6)
        engines = Mutex([])
    }

    /// Plays a seed.
    /// - Throws: ``Violation`` when a promise was broken, with the plan and its log.
    static func play(
        _ seed: UInt64,
        _ store: ComponentDefinition,
        _ type: StateStoreType,
        _ seen: ModelCount
    ) async throws {
        var numbers = FuzzNumbers(seed: seed)
        var configuration = EmbeddedSidecar.Configuration(appID: "model\(seed)")
        configuration.resources.components = [store]
        configuration.stateStoreTypes = [type]
        configuration.faults = try plan(seed, &numbers)
        let settled = numbers
        try await EmbeddedSidecar.with(configuration) { sidecar in
            var numbers = settled
            try await ModelRun(seed: seed, sidecar).play(&numbers, seen)
        }
    }

    /// Faults before, after and instead of what is asked for; in one run in four none.
    ///
    /// Chance is for each key, so calls with many keys have little of it.
    private static func plan(_ seed: UInt64, _ numbers: inout FuzzNumbers) throws -> FaultPlan {
        if numbers.oneIn(4) { return FaultPlan() }
        return try FaultPlan(
            parsing: """
                seed \(seed)
                state.transact match=\(3 + numbers.below(60)) -> restart before
                state.transact match=\(3 + numbers.below(60)) -> restart after
                state.* match=\(10 + numbers.below(200)) -> restart after
                state.transact chance=0.08 -> lose
                state.transact chance=0.08 -> cut
                state.transact chance=0.04 -> fail 503 ERR_BUSY
                state.transact chance=0.03 -> fail 500 ERR_STATE_TRANSACTION
                state.save chance=0.08 -> lose
                state.save chance=0.05 -> cut
                state.get chance=0.04 -> cut
                state.bulk-get key=head:* chance=0.2 -> cut
                state.bulk-get key=page:* chance=0.1 -> cut
                state.bulk-get key=task:* chance=0.05 -> cut
                state.bulk-get key=task:* chance=0.05 -> fail 500 ERR_STATE_BULK_GET
                state.bulk-get key=log:*0 chance=0.02 -> fail 500 ERR_STATE_BULK_GET
                state.get,state.save,state.delete,state.transact chance=0.03 -> refuse
                state.get,state.save,state.transact chance=0.1 -> delay 2ms
                state.transact chance=0.02 -> delay 250ms
                state.transact key=log:* match=\(5 + numbers.below(60))-\(65 + numbers.below(9)) -> cut
                """
        )
    }

    private func play(_ numbers: inout FuzzNumbers, _ seen: ModelCount) async throws {
        engines.withLock { $0 = (0..<2).map { _ in ModelEngine(sidecar.transport, broker) } }
        let clients = 3
        let seeds = (0..<clients).map { _ in numbers.next() }
        let commands = 5 + numbers.below(8)
        let killer = numbers.next()
        let given = try await withThrowingTaskGroup(of: [Given].self) { group in
            for client in 0..<clients {
                group.addTask { try await self.work(client, FuzzNumbers(seed: seeds[client]), commands) }
            }
            group.addTask {
                await self.killNowAndThen(FuzzNumbers(seed: killer), seen)
                return []
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        broker.calmDown()
        let last = engines.withLock { $0 }
        // One leaves in order, one dies, and a new one finds what is left.
        if numbers.oneIn(2) { last.first?.kill() } else { await last.first?.stop() }
        for engine in last.dropFirst() { engine.kill() }
        let finder = ModelEngine(sidecar.transport, broker)
        do {
            try await check(given, finder, seen)
        } catch {
            await finder.stop()
            throw error
        }
        await finder.stop()
    }

    private func killNowAndThen(_ seed: FuzzNumbers, _ seen: ModelCount) async {
        var numbers = seed
        for _ in 0..<numbers.below(3) {
            try? await Task.sleep(for: .milliseconds(5 + numbers.below(60)))
            engines.withLock { engines in
                let place = numbers.below(engines.count)
                engines[place].kill()
                engines[place] = ModelEngine(sidecar.transport, broker)
            }
            seen.count("kill")
        }
    }

    // MARK: - Clients

    private func work(_ client: Int, _ seed: FuzzNumbers, _ commands: Int) async throws -> [Given] {
        var numbers = seed
        var given: [Given] = []
        // What this client made, and nobody else changes; nil where an outcome is not known.
        var tasks: [(owner: OwnerID, id: TaskID, document: [UInt8]?)] = []
        for number in 0..<commands {
            let mark = "c\(client)-\(number)"
            let place = tasks.isEmpty || numbers.oneIn(3) ? nil : numbers.below(tasks.count)
            let owner = place.map { tasks[$0].owner } ?? numbers.pick(owners)
            let command: TaskCommand
            var isMarked = true
            if let place {
                var patch = TaskPatch()
                patch.title = mark
                switch numbers.below(6) {
                case 0: (command, isMarked) = (.complete(tasks[place].id), false)
                case 1: (command, isMarked) = (.delete(tasks[place].id), false)
                case 2: command = .replace(tasks[place].id, TaskDraft(title: mark, tags: ["x"]))
                default: command = .patch(tasks[place].id, patch)
                }
            } else {
                command = .create(TaskDraft(title: mark, description: numbers.oneIn(3) ? "<\(mark)>" : nil), id: nil)
            }
            let key = numbers.oneIn(2) ? mark : nil
            let (fate, id) = try await perform(command, owner, key, &numbers)
            given.append(Given(owner: owner, mark: isMarked ? mark : nil, fate: fate))
            switch (fate, place) {
            case (.acknowledged(let document), nil):
                if let id { tasks.append((owner, id, document)) }
            case (.acknowledged(let document), let place?):
                if case .delete = command { tasks.remove(at: place) } else { tasks[place].document = document }
            case (.unknown, let place?):
                if case .delete = command { tasks.remove(at: place) } else { tasks[place].document = nil }
            case (.unknown, nil), (.refused, _): break
            }
            if numbers.oneIn(3) { try await lookAround(tasks, owner, &numbers) }
        }
        return given
    }

    /// Gives a command, and repeats it under its key while nobody knows what became of it.
    private func perform(
        _ command: TaskCommand,
        _ owner: OwnerID,
        _ key: String?,
        _ numbers: inout FuzzNumbers
    ) async throws -> (Given.Fate, TaskID?) {
        let context = CommandContext(actor: owner, channel: .rest, idempotencyKey: key)
        var first: [UInt8]?
        var wasUnknown = false
        var id: TaskID?
        for _ in 0..<6 {
            let engine = engine(&numbers)
            do {
                let result = try await engine.service.perform(command, owner: owner, context: context)
                if let first, first != result.document {
                    throw Violation("a repeat was answered otherwise: \(text(first)), then \(text(result.document))")
                }
                id = result.task?.id ?? id
                first = result.document
                // Now and then it is repeated though the answer came.
                if key == nil || !numbers.oneIn(4) { return (.acknowledged(result.document), id) }
            } catch let error as TaskError {
                switch error {
                case .outcomeUnknown:
                    wasUnknown = true
                    if key == nil { return (.unknown, nil) }
                case .storeUnavailable, .deadlineExceeded, .tooManyWaiting, .cancelled:
                    if key == nil { return (.refused, nil) }
                case .notFound where wasUnknown || first != nil:
                    throw Violation("a repeat under its key was answered that there is no such task")
                case .notFound: return (.refused, nil)
                default: throw Violation("\(command) was answered: \(error)")
                }
            }
        }
        if let first { return (.acknowledged(first), id) }
        return (wasUnknown ? .unknown : .refused, nil)
    }

    /// Reads what this client wrote: each answer must be there at once, on whatever engine.
    private func lookAround(
        _ tasks: [(owner: OwnerID, id: TaskID, document: [UInt8]?)],
        _ owner: OwnerID,
        _ numbers: inout FuzzNumbers
    ) async throws {
        let service = engine(&numbers).service
        var query = TaskQuery()
        query.limit = 200
        do {
            let page = try await service.list(query, owner: owner, trace: nil)
            for task in tasks where task.owner == owner {
                guard let document = task.document else { continue }
                let listed = page.items.first { $0.id == task.id }?.document
                guard listed == document else {
                    throw Violation(
                        "a list shows \(listed.map(text) ?? "nothing") of what was answered as \(text(document))"
                    )
                }
                let read = try await service.document(task.id, owner: owner, trace: nil).bytes
                guard read == document else { throw Violation("a read shows \(text(read)) for \(text(document))") }
            }
        } catch let error as TaskError {
            switch error {
            case .storeUnavailable, .cancelled: return
            default: throw Violation("a question was answered: \(error)")
            }
        }
    }

    private func engine(_ numbers: inout FuzzNumbers) -> ModelEngine {
        let place = numbers.below(2)
        return engines.withLock { $0[place] }
    }
}
