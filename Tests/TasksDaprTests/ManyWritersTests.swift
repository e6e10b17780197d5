import Dapr
import DaprJSON
import Synchronization
import TaskJSON
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// Many writers of one owner on several engines, with faults by seed.
struct ManyWritersTests {
    /// What the writers were told.
    private final class Told: Sendable {
        struct Titles {
            var written: [String: Int] = [:]
            var unknown: Set<String> = []
            var refused: Set<String> = []
        }

        private let state = Mutex(Titles())

        var titles: Titles { state.withLock { $0 } }

        func note(_ title: String, at sequence: Int) {
            let first = state.withLock { $0.written.updateValue(sequence, forKey: title) }
            #expect(first == nil || first == sequence)
        }

        func note(_ title: String, _ error: TaskError) {
            state.withLock { state in
                _ = error == .outcomeUnknown ? state.unknown.insert(title) : state.refused.insert(title)
            }
        }
    }

    /// Numbers by seed, for many at once.
    private final class Numbers: Sendable {
        private let state: Mutex<SeededRandom>

        init(seed: UInt64) {
            state = Mutex(SeededRandom(seed: seed))
        }

        func next(_ limit: Int) -> Int { state.withLock { Int.random(in: 0..<limit, using: &$0) } }
    }

    private func run(seed: UInt64, engines count: Int, writers: Int, faults: Int) async throws {
        let random = Numbers(seed: seed)
        let sidecar = FakeSidecar { _ in
            let pick = random.next(1000)
            // Now and then another one comes in between.
            if pick % 3 == 0 { await Task.yield() }
            guard pick < faults else { return .none }
            return switch pick % 5 {
            case 0: .before(.unreachable("refused"))
            case 1: .before(.timedOut)
            case 2: .after(.timedOut)
            case 3: .after(.connectionLost("cut"))
            default: .status(500)
            }
        }
        let engines = try (0..<count).map { _ in try Engine(sidecar) }
        let told = Told()
        await withTaskGroup { group in
            for writer in 0..<writers {
                let engine = engines[writer % count]
                group.addTask {
                    for step in 0..<4 {
                        let title = "\(writer)-\(step)"
                        let key = step.isMultiple(of: 2) ? title : nil
                        for _ in 0..<(key == nil ? 1 : 2) {
                            do throws(TaskError) {
                                let sequence = try await engine.create(title, key: key).sequence
                                told.note(title, at: sequence)
                            } catch {
                                told.note(title, error)
                            }
                        }
                    }
                }
            }
        }
        sidecar.setFault { _ in .none }
        let (written, unknown, refused) = (told.titles.written, told.titles.unknown, told.titles.refused)
        let items = try await engines[0].list()
        for engine in engines.dropFirst() { #expect(try await engine.list() == items) }
        #expect(try await Engine(sidecar).list() == items)
        let titles = items.map(\.content.title)
        #expect(Set(titles).count == titles.count, "nothing is doubled")
        #expect(Set(written.keys).isSubset(of: Set(titles)), "nothing acknowledged is lost")
        #expect(Set(titles).isSubset(of: Set(written.keys).union(unknown)), "nothing refused is there")
        #expect(Set(written.values).count == written.count)
        if faults == 0 { #expect(written.count == writers * 4 && unknown.isEmpty && refused.isEmpty) }
        var next = 1
        for record in try sidecar.journal(of: "u1") {
            #expect(record["sequence"]?.intValue == next)
            next += record["changes"]?.arrayValue?.count ?? 0
        }
        #expect(next == items.count + 1, "sequences are dense")
        #expect(sidecar.rows.keys.count { $0.hasPrefix("task:") } == items.count)
        for item in items {
            #expect(sidecar.rows["task:u1:\(item.id)"]?.value == item.document, "documents agree with the journal")
        }
    }

    @Test func `200 writers on two engines lose nothing and double nothing`() async throws {
        try await run(seed: 1, engines: 2, writers: 200, faults: 0)
    }

    @Test(arguments: 1...25)
    func `nor do they with faults before, after and instead of every tenth call`(seed: UInt64) async throws {
        try await run(seed: seed, engines: 1 + Int(seed % 3), writers: 24, faults: 100)
    }

    @Test(arguments: 1...12)
    func `writers that leave in the middle of anything leave a whole book`(seed: UInt64) async throws {
        let random = Numbers(seed: seed)
        let sidecar = FakeSidecar { _ in
            let pick = random.next(100)
            // A cancelled call may or may not have had its effect.
            try? await Task.sleep(for: .microseconds(pick * 20))
            if Task.isCancelled { return pick.isMultiple(of: 2) ? .before(.cancelled) : .after(.cancelled) }
            return .none
        }
        let engines = try [Engine(sidecar), Engine(sidecar)]
        let told = Told()
        await withTaskGroup { group in
            for writer in 0..<60 {
                group.addTask {
                    let title = "\(writer)"
                    let work = Task {
                        do throws(TaskError) {
                            try await engines[writer % 2].create(title)
                            told.note(title, at: 1)
                        } catch {
                            told.note(title, error)
                        }
                    }
                    if writer % 3 == 0 {
                        try? await Task.sleep(for: .microseconds(random.next(4000)))
                        work.cancel()
                    }
                    await work.value
                }
            }
        }
        let (written, unknown, refused) = (told.titles.written, told.titles.unknown, told.titles.refused)
        #expect(written.count + unknown.count + refused.count == 60)
        #expect(written.count >= 40)
        sidecar.setFault { _ in .none }
        let titles = try await engines[0].list().map(\.content.title)
        #expect(Set(titles).count == titles.count)
        #expect(Set(written.keys).isSubset(of: Set(titles)))
        #expect(Set(titles).isSubset(of: Set(written.keys).union(unknown)))
        // Nobody was left behind leading: the next command is carried out at once.
        for engine in engines { try await engine.create("last") }
    }
}
