import Synchronization
import Tasks

@testable import TasksDapr

/// Someone who follows an owner's changes as a stream does: cut off now and then, it comes again, at any engine, where it left off.
final class ModelReader: Sendable {
    private struct State {
        var position: Int
        /// What was read, by sequence.
        var read: [Int: TaskChange] = [:]
        /// How often changes were gone before they were read.
        var gaps = 0
    }

    let owner: OwnerID
    private let run: ModelRun
    private let state: Mutex<State>

    init(_ owner: OwnerID, _ run: ModelRun) {
        self.owner = owner
        self.run = run
        state = Mutex(State(position: run.ledger.account(owner).last))
    }

    private var world: ModelWorld { run.world }
    private var position: Int { state.withLock { $0.position } }

    /// Follows until cancelled.
    func follow() async {
        while !Task.isCancelled, !world.hasBroken {
            let engine = run.engine()
            let stretch = world.upTo(world.isVirtual ? .seconds(8) : .milliseconds(400))
            await withTaskGroup { group in
                group.addTask { await self.read(from: engine) }
                // An engine that is dead tells nobody.
                group.addTask { try? await Task.sleep(for: stretch) }
                await group.next()
                group.cancelAll()
            }
            try? await Task.sleep(for: run.shortPause)
        }
    }

    private func read(from engine: ModelEngine) async {
        let follower = engine.service.live.follow(owner)
        do throws(TaskError) {
            while !Task.isCancelled {
                let page = try await engine.service.changes(
                    since: position,
                    limit: 1 + world.below(64),
                    following: follower,
                    until: engine.service.live.now + .seconds(30),
                    trace: nil
                )
                take(page.changes)
            }
        } catch {
            if case .changesGone(let head) = error { goOn(after: head) }
        }
    }

    private func take(_ changes: [RecordedChange]) {
        if !changes.isEmpty { world.note(.followed) }
        let wrong = state.withLock { state -> Int? in
            for recorded in changes {
                guard recorded.change.sequence == state.position + 1 else { return recorded.change.sequence }
                state.position += 1
                state.read[state.position] = recorded.change
            }
            return nil
        }
        // After the store went back a place may hold another commit than the one that was read.
        guard let wrong, !ledger.hasLostGround else { return }
        world.broke(.followedOnce, "\(owner): \(wrong) came after \(position)")
    }

    private var ledger: ModelLedger.Account { run.ledger.account(owner) }

    /// Goes on where changes are kept.
    private func goOn(after head: Int) {
        state.withLock { state in
            state.position = head
            state.gaps += 1
        }
    }

    /// Reads what is left from an engine, and compares with what was truly written.
    func check(_ account: ModelLedger.Account, _ finder: ModelEngine) async {
        // What was read of a store that went back is not what is there now.
        guard Invariant.followedOnce.isKept, !account.hasLostGround else { return }
        do throws(TaskError) {
            while position < account.last {
                let page = try await finder.service.changes(since: position, limit: 64, owner: owner, trace: nil)
                take(page.changes)
                if page.changes.isEmpty { break }
            }
        } catch {
            guard case .changesGone = error, account.hasRemovals else {
                world.broke(.followedOnce, "\(owner): changes after \(position) cannot be read: \(error)")
                return
            }
            return
        }
        let (read, position, gaps) = state.withLock { ($0.read, $0.position, $0.gaps) }
        if position != account.last { world.broke(.followedOnce, "\(owner): \(position) of \(account.last) were read") }
        if gaps > 0, !account.hasRemovals { world.broke(.followedOnce, "\(owner): changes were said to be gone") }
        for change in account.commits.lazy.flatMap(\.entries).map(\.change) {
            guard let seen = read[change.sequence] else { continue }
            let isSame =
                seen.taskID == change.taskID && seen.version == change.version && seen.kind == change.kind
                && seen.time == change.time
            if !isSame { world.broke(.followedOnce, "\(owner): what was read as \(change.sequence) is not that") }
        }
    }
}
