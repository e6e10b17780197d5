import Dapr
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// Changes as they are committed, by one server or several, to those who follow them.
struct LiveFeedTests {
    /// Reads changes as a stream does, until it is cancelled.
    private final class Reader: Sendable {
        private let state = Mutex<[RecordedChange]>([])
        private let task = Mutex<Task<Void, Never>?>(nil)

        init(_ engine: Engine, since: Int = 0) {
            let follower = engine.service.live.follow(engine.owner)
            task.withLock {
                $0 = Task { [self] in
                    var position = since
                    while !Task.isCancelled {
                        let page = try? await engine.service.changes(
                            since: position,
                            limit: 64,
                            following: follower,
                            until: .now + .seconds(3600),
                            trace: nil
                        )
                        guard let changes = page?.changes, let last = changes.last else { continue }
                        position = last.change.sequence
                        state.withLock { $0 += changes }
                    }
                }
            }
        }

        var sequences: [Int] { state.withLock { $0.map(\.change.sequence) } }
        var titles: [String] { state.withLock { $0.map(\.task.content.title) } }

        func stop() async {
            let running = task.withLock { $0 }
            running?.cancel()
            await running?.value
        }
    }

    @Test func `a commit of this server comes without a call`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.create("before")
        let reader = Reader(engine)
        try await eventually { engine.service.live.waiting == 1 }
        sidecar.forgetCalls()
        for index in 2...5 { try await engine.create("\(index)") }
        try await eventually { reader.sequences == [1, 2, 3, 4, 5] }
        #expect(reader.titles == ["before", "2", "3", "4", "5"])
        #expect(sidecar.calls.allSatisfy { $0.kind == .transaction || $0.kind == .publish || $0.keys.isEmpty })
        await reader.stop()
    }

    @Test func `one call looks for the commits of others to all owners, and nothing is read when there are none`()
        async throws
    {
        let sidecar = FakeSidecar()
        let here = try (1...40).map { try Engine(sidecar, owner: "u\($0)") }
        for engine in here { try await engine.create("one") }
        // All of one service, as of one server.
        let service = here[0].service
        let followers = here.map { service.live.follow($0.owner) }
        for (engine, follower) in zip(here, followers) {
            let page = try await service.changes(since: 0, limit: 10, owner: engine.owner, trace: nil)
            follower.confirm(page.head, insteadOf: nil)
        }
        sidecar.forgetCalls()
        try await service.lookOnce()
        #expect(sidecar.calls.map(\.kind) == [.bulkGet])
        #expect(sidecar.calls[0].keys.count == 40)
        #expect(Set(sidecar.calls[0].keys) == Set((1...40).map { "log:u\($0):2" }))
        try await here[6].create("two")
        try await here[30].create("two")
        try await service.lookOnce()
        #expect(service.live.heads.filter { $0.head == 2 }.map(\.owner.rawValue).sorted() == ["u31", "u7"])
        guard case .changes(let changes) = await followers[6].next(after: 1, until: .now) else {
            Issue.record("the change is at hand")
            return
        }
        #expect(changes.map(\.task.content.title) == ["two"])
        withExtendedLifetime(followers) {}
    }

    @Test func `what another server commits arrives within a second`() async throws {
        let sidecar = FakeSidecar()
        let (here, there) = (try Engine(sidecar), try Engine(sidecar))
        try await here.create("first")
        try await here.withRelay {
            let reader = Reader(here)
            try await eventually { reader.sequences == [1] }
            for round in 0..<3 {
                for index in 0..<30 { try await there.create("\(round)-\(index)") }
                let committed = ContinuousClock.now
                try await eventually { reader.sequences.count == 1 + 30 * (round + 1) }
                // A second, and what a busy machine may add.
                #expect(ContinuousClock.now - committed < .seconds(3))
            }
            #expect(reader.sequences == Array(1...91))
            await reader.stop()
        }
    }

    @Test func `a view that jumps over changes by a snapshot has them read`() async throws {
        let sidecar = FakeSidecar()
        let (here, there) = (try Engine(sidecar), try Engine(sidecar))
        for index in 1...10 { try await there.create("\(index)") }
        let reader = Reader(here)
        try await eventually { reader.sequences == Array(1...10) }
        // The book is not in memory any more, as after other books needed the room.
        here.service.shelf.discard(here.service.book(of: here.owner), of: here.owner)
        try await there.withRelay { for index in 11...140 { try await there.create("\(index)") } }
        #expect(sidecar.rows["head:u1"] != nil)
        _ = try await here.list()
        try await here.service.lookOnce()
        try await eventually { reader.sequences.count == 140 }
        #expect(reader.sequences == Array(1...140))
        await reader.stop()
    }

    @Test func `after commits were lost nobody waits for what comes after them`() async throws {
        let sidecar = FakeSidecar()
        let (here, there) = (try Engine(sidecar), try Engine(sidecar))
        for index in 1...5 { try await here.create("\(index)") }
        let follower = here.service.live.follow(here.owner)
        let page = try await here.service.changes(since: 0, limit: 10, owner: here.owner, trace: nil)
        follower.confirm(page.head, insteadOf: nil)
        let waiting = Task {
            try await here.service.changes(
                since: 5,
                limit: 10,
                following: follower,
                until: .now + .seconds(3600),
                trace: nil
            )
        }
        try await eventually { here.service.live.waiting == 1 }
        try sidecar.loseCommits(from: 4)
        // What was lost is written anew by others, and longer.
        for index in 4...6 { try await there.create("again \(index)") }
        try await here.service.lookOnce()
        let next = try await waiting.value
        #expect(next.changes.map(\.task.content.title) == ["again 6"])
    }

    @Test(arguments: 1...8)
    func `a reader sees the journal once and in order, whatever servers end and begin, and with faults`(
        seed: UInt64
    ) async throws {
        let random = Mutex(SeededRandom(seed: seed))
        func pick(_ limit: Int) -> Int { random.withLock { Int.random(in: 0..<limit, using: &$0) } }
        let sidecar = FakeSidecar()
        sidecar.setFault { _ in
            let number = random.withLock { Int.random(in: 0..<1000, using: &$0) }
            guard number < 50 else { return .none }
            return number.isMultiple(of: 2) ? .before(.timedOut) : .after(.connectionLost("cut"))
        }
        var engines = try [Engine(sidecar), Engine(sidecar), Engine(sidecar)]
        var read: [Int] = []
        var reader = Reader(engines[0])
        func restart(_ index: Int) async throws {
            if index == 0 {
                await reader.stop()
                read += reader.sequences
            }
            engines[index] = try Engine(sidecar)
            // It comes again where it left off, to another server or the same.
            if index == 0 { reader = Reader(engines[0], since: read.last ?? 0) }
        }
        for step in 0..<120 {
            let writer = engines[pick(3)]
            // An unknown outcome is none that a reader sees.
            _ = try? await writer.create("\(step)")
            if pick(10) == 0 { try? await engines[0].service.lookOnce() }
            if pick(15) == 0 { try await restart(pick(3)) }
        }
        sidecar.setFault { _ in .none }
        let head = try await engines[1].service.look(at: engines[1].owner, trace: nil) { book, _ in book.head }
        try await eventually {
            try await engines[0].service.lookOnce()
            return (read + reader.sequences).count >= head
        }
        await reader.stop()
        read += reader.sequences
        #expect(read == Array(1...head))
    }
}
