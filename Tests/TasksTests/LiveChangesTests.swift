import Synchronization
import TestTools
import Testing

@testable import Tasks

/// The newest changes in memory, and those who wait for the next.
struct LiveChangesTests {
    private static let later = ContinuousClock.now + .seconds(3600)

    /// The changes of an owner's first tasks.
    private static func changes(_ count: Int) throws -> [RecordedChange] {
        var book = try TestBook()
        for index in 1...count { try book.create("\(index)") }
        return try book.journal.map { change in
            RecordedChange(change: change, task: try #require(book.book.task(change.taskID)))
        }
    }

    private func sequences(_ news: ChangeFollower.News) -> [Int]? {
        guard case .changes(let changes) = news else { return nil }
        return changes.map(\.change.sequence)
    }

    /// How many wait for news.
    private func waits(
        _ live: LiveChanges,
        _ follower: ChangeFollower,
        after sequence: Int
    ) async throws -> Task<
        ChangeFollower.News, Never
    > {
        let task = Task { await follower.next(after: sequence, until: Self.later) }
        try await eventually { live.waiting == 1 }
        return task
    }

    @Test func `who waits gets what comes, and who is behind what is kept`() async throws {
        let (live, changes) = (LiveChanges(), try Self.changes(5))
        let owner = changes[0].task.userID
        let follower = live.follow(owner)
        // Nobody knows yet whether there are changes.
        guard case .unread(known: nil) = await follower.next(after: 0, until: Self.later) else {
            Issue.record("there is nothing to wait for")
            return
        }
        follower.confirm(0, insteadOf: nil)
        let wait = try await waits(live, follower, after: 0)
        live.note([changes[0], changes[1]], of: owner)
        #expect(sequences(await wait.value) == [1, 2])
        live.note(Array(changes[0...4]), of: owner)
        #expect(sequences(await follower.next(after: 0, until: Self.later)) == [1, 2, 3, 4, 5])
        #expect(sequences(await follower.next(after: 3, until: Self.later)) == [4, 5])
        #expect(live.heads.map(\.head) == [5])
    }

    @Test func `what is not kept any more, or has a gap before it, is to be read`() async throws {
        let (live, changes) = (LiveChanges(), try Self.changes(80))
        let owner = changes[0].task.userID
        let follower = live.follow(owner)
        live.note(changes, of: owner)
        guard case .unread(known: 80) = await follower.next(after: 0, until: Self.later) else {
            Issue.record("80 changes are more than are kept")
            return
        }
        #expect(sequences(await follower.next(after: 80 - LiveChanges.keptChanges, until: Self.later))?.count == 64)
        // Nobody who follows is behind for long, so nothing is kept for long.
        live.dismissLate()
        #expect(sequences(await follower.next(after: 79, until: Self.later)) == [80])
        live.dismissLate()
        guard case .unread(known: 80) = await follower.next(after: 79, until: Self.later) else {
            Issue.record("what nobody asked for in time is let go of")
            return
        }
        let other = LiveChanges()
        let behind = other.follow(owner)
        other.note([changes[0]], of: owner)
        other.note([changes[4]], of: owner)
        guard case .unread(known: 5) = await behind.next(after: 1, until: Self.later) else {
            Issue.record("changes 2 to 4 are missing")
            return
        }
        #expect(sequences(await behind.next(after: 4, until: Self.later)) == [5])
    }

    @Test func `a head that somebody tells of wakes who waits, to read`() async throws {
        let (live, changes) = (LiveChanges(), try Self.changes(1))
        let owner = changes[0].task.userID
        let follower = live.follow(owner)
        follower.confirm(7, insteadOf: nil)
        let wait = try await waits(live, follower, after: 7)
        live.note(head: 6, of: owner)
        #expect(live.waiting == 1)
        live.note(head: 9, of: owner)
        guard case .unread(known: 9) = await wait.value else {
            Issue.record("8 and 9 are there")
            return
        }
        // What was read replaces what was known only if nothing newer came meanwhile.
        live.note(head: 10, of: owner)
        follower.confirm(7, insteadOf: 9)
        #expect(live.heads.map(\.head) == [10])
        live.forget(owner)
        #expect(live.heads.isEmpty)
        guard case .unread(known: nil) = await follower.next(after: 10, until: Self.later) else {
            Issue.record("the store may have lost it")
            return
        }
    }

    @Test func `a wait ends when its time is up, when its task is cancelled, and for good when the server stops`()
        async throws
    {
        let now = Mutex(ContinuousClock.now)
        let live = LiveChanges(clock: { now.withLock { $0 } })
        let owner = try #require(OwnerID("owner"))
        let follower = live.follow(owner)
        follower.confirm(0, insteadOf: nil)
        let deadline = now.withLock { $0 } + .seconds(5)
        let late = Task { await follower.next(after: 0, until: deadline) }
        try await eventually { live.waiting == 1 }
        now.withLock { $0 += .seconds(4) }
        live.dismissLate()
        #expect(live.waiting == 1)
        now.withLock { $0 += .seconds(1) }
        live.dismissLate()
        guard case .nothing = await late.value else {
            Issue.record("the time is up")
            return
        }
        let cancelled = try await waits(live, follower, after: 0)
        cancelled.cancel()
        guard case .nothing = await cancelled.value else {
            Issue.record("it was cancelled")
            return
        }
        let stopped = try await waits(live, follower, after: 0)
        live.end()
        guard case .nothing = await stopped.value, case .nothing = await follower.next(after: 3, until: Self.later)
        else {
            Issue.record("the server stops")
            return
        }
        #expect(follower.hasEnded && live.waiting == 0)
    }

    @Test func `an owner whom nobody follows is not known`() throws {
        let (live, changes) = (LiveChanges(), try Self.changes(3))
        let owner = changes[0].task.userID
        var made = 0
        func make() -> [RecordedChange] {
            made += 1
            return changes
        }
        live.note(make(), of: owner)
        #expect(made == 0)
        var follower: ChangeFollower? = live.follow(owner)
        live.note(make(), of: owner)
        #expect(made == 1 && live.count == 1 && live.heads.count == 1)
        withExtendedLifetime(follower) {}
        follower = nil
        #expect(live.count == 0 && live.heads.isEmpty)
    }

    @Test func `many who follow one owner get the same, each from where it is`() async throws {
        let (live, changes) = (LiveChanges(), try Self.changes(60))
        let owner = changes[0].task.userID
        let readers = (0..<8).map { _ in live.follow(owner) }
        for reader in readers { reader.confirm(0, insteadOf: nil) }
        let read = try await withThrowingTaskGroup(of: [Int].self) { group in
            for reader in readers {
                group.addTask {
                    var read: [Int] = []
                    while read.count < 60 {
                        let news = await reader.next(after: read.count, until: Self.later)
                        guard case .changes(let changes) = news else { continue }
                        read += changes.map(\.change.sequence)
                    }
                    return read
                }
            }
            for change in changes {
                live.note([change], of: owner)
                await Task.yield()
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(read == Array(repeating: Array(1...60), count: 8))
    }
}

/// The task before and after a change.
struct ChangeStatesTests {
    @Test func `before and after are the task as it was and as it became`() throws {
        var book = try TestBook()
        let id = try book.create("milk")
        let created = try #require(book.book.task(id))
        try book.perform(.patch(id, TaskPatch(of: TaskContent(title: "oat milk"), only: [.title])))
        let patched = try #require(book.book.task(id))
        try book.perform(.delete(id))
        let changes = book.journal
        let creation = RecordedChange(change: changes[0], task: created).states
        #expect(creation.before == nil && creation.after == created)
        let patch = RecordedChange(change: changes[1], task: patched).states
        #expect(patch.before == created && patch.after == patched)
        let deletion = RecordedChange(change: changes[2], task: patched).states
        #expect(deletion.before == patched && deletion.after == nil)
    }

    @Test func `of a change that an older server wrote, the fields before are known`() throws {
        var book = try TestBook()
        let id = try book.create("milk")
        try book.perform(.complete(id))
        var change = try #require(book.journal.last)
        change.since = nil
        let task = try #require(book.book.task(id))
        let states = RecordedChange(change: change, task: task).states
        #expect(states.before?.content.status == .todo && states.after == task)
    }
}
