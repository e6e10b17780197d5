import Dapr
import Foundation
import Synchronization
import Tasks
import TestTools

@testable import TasksDapr

/// A store with an old book, which runs begin with: of a lot of tasks, made and deleted forty days before, some are left on each of many pages.
///
/// A few more deletions have it numbered anew, and its commits are older than those that are kept.
struct ModelImage: Sendable {
    let owner: OwnerID
    let rows: [String: ModelSidecar.Row]
    let account: ModelLedger.Account
    /// The tasks that are left.
    let tasks: [TaskItem]

    private static let pages = 20
    /// Just as many as keep the tasks from being numbered anew.
    private static let keptOnPage = 4

    /// Made once in a process.
    static func shared() async throws -> ModelImage { try await making.value }

    private static let making = Task { try await make() }

    private static func make() async throws -> ModelImage {
        guard let owner = OwnerID("old") else { throw Violation("no owner") }
        return try await VirtualTime.run(seed: 1) { time in
            let world = ModelWorld(quietAt: time)
            let ledger = ModelLedger(world)
            let broker = ModelBroker(world, ledger)
            let store = ModelSidecar { ledger.note($0, isImport: $1) }
            let engine = ModelEngine("ancestor", world) { call throws(DaprTransportError) in
                call.kind == .publish ? try broker.carryOut(call) : store.carryOut(call, isImport: false)
            }
            let context = CommandContext(actor: owner, channel: .rest)
            /// Many at once, so that they share commits.
            func perform(_ commands: [TaskCommand]) async throws -> [TaskID] {
                try await withThrowingTaskGroup(of: TaskID?.self) { group in
                    for command in commands {
                        group.addTask {
                            try await engine.service.perform(command, owner: owner, context: context).task?.id
                        }
                    }
                    return try await group.reduce(into: []) { ids, id in if let id { ids.append(id) } }
                }
            }
            for page in 0..<pages {
                let drafts = (0..<SnapshotPage.size).map { TaskContent(title: "old \(page)-\($0)") }
                let ids = try await perform(drafts.map { .create($0, id: nil) })
                // The first page may have places left by commits that were decided before; what counts is that some of each stay.
                _ = try await perform(ids.dropFirst(keptOnPage).map { .delete($0) })
            }
            while ledger.account(owner).heard < ledger.account(owner).last { try await Task.sleep(for: .seconds(1)) }
            await engine.stop()
            try world.checkNothingBroke()
            guard ledger.slots.values.isEmpty else { throw Violation("the old book is not all published") }
            let book = ledger.account(owner).book
            var rows = store.rows
            // Ages are told by a time that servers bring forward: others had this store for the forty days.
            rows[AgeClock.key.rawValue]?.value = AgeClock.encoded(ModelWorld.begin)
            return ModelImage(
                owner: owner,
                rows: rows,
                account: ModelLedger.Account(origin: book),
                tasks: book.tasksInOrder
            )
        }
    }
}
