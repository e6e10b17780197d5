import Dapr
import DaprJSON
import Synchronization
import Tasks
import Testing

@testable import TasksDapr

struct TransferTests {
    private func export(_ sidecar: FakeSidecar, owner: String = "u1") async throws -> [String] {
        var lines: [String] = []
        let owner = try #require(OwnerID(owner))
        let counts = try await BookExport(dapr: DaprClient(transport: sidecar), store: "statestore", owner: owner).run {
            lines.append(String(decoding: $0, as: UTF8.self))
        }
        #expect(lines.count == counts.commits + counts.tasks + 2)
        return lines
    }

    private func file(_ lines: [String], for owner: String? = nil) throws -> BookFile {
        try BookFile(parsing: Array((lines.joined(separator: "\n") + "\n").utf8), for: owner.flatMap { OwnerID($0) })
    }

    @discardableResult
    private func take(_ file: BookFile, _ sidecar: FakeSidecar) async throws -> BookImport.Outcome {
        try await BookImport(dapr: DaprClient(transport: sidecar), store: "statestore", file: file).run()
    }

    private func isSound(_ sidecar: FakeSidecar, owner: String = "u1") async throws -> Bool {
        if case .sound = try await PopulatedBook.audit(sidecar, owner: owner) { true } else { false }
    }

    @Test(arguments: [1, 2])
    func `a book goes to another store and comes back the same`(format: Int) async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let owner = try #require(OwnerID("u1"))
        let dapr = DaprClient(transport: sidecar)
        _ = try await BookMigration(dapr: dapr, store: "statestore", owner: owner, to: format, isDryRun: false).run()
        let lines = try await export(sidecar)
        let other = FakeSidecar()
        let outcome = try await take(try file(lines), other)
        #expect(outcome.present == 0)
        #expect(outcome.written == (try sidecar.journal(of: "u1").count))
        #expect(try await isSound(other))
        #expect(try await export(other) == lines)
        let directory = OwnerDirectory(dapr: DaprClient(transport: other), store: "statestore", watch: nil)
        #expect(try await directory.owners(in: OwnerDirectory.shard(of: owner)) == [owner])
        // It is served, and written on.
        let engine = try Engine(other)
        let count = try await engine.list().count
        try await engine.create("one more")
        #expect(try await engine.list().count == count + 1)
    }

    @Test func `a book becomes another owner's, whose name takes the place of the old one`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let lines = try await export(sidecar)
        try await take(try file(lines, for: "a/b"), sidecar)
        #expect(try await isSound(sidecar, owner: "a/b"))
        let theirs = try await export(sidecar, owner: "a/b")
        #expect(!theirs.joined().contains("u1"))
        let other = FakeSidecar()
        try await take(try file(theirs, for: "u1"), other)
        #expect(try await export(other) == lines)
    }

    @Test(arguments: [true, false])
    func `an import is history: its first change afterwards publishes itself and nothing imported`(
        isMarked: Bool
    ) async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let owner = try #require(OwnerID("u1"))
        let published = sidecar.published.count
        var lines = try await export(sidecar)
        // Records of a server whose broker was down say that nothing was published.
        if !isMarked {
            lines = lines.map { $0.replacing(/"published":[0-9]+/, with: #""published":0"#) }
        }
        let other = FakeSidecar()
        try await take(try file(lines), other)
        func audit() async throws -> [ClosedRange<Int>] {
            try await PublicationAudit(
                dapr: DaprClient(transport: other),
                store: "statestore",
                owner: owner,
                sleep: { _ in }
            ).run()
        }
        #expect(try await audit().isEmpty)
        let stored = try ActivityDocument.activity(
            decoding: #require(other.rows["activity:u1"]).value,
            key: "activity:u1"
        )
        let activity = try #require(stored)
        #expect(activity.sequence == published && activity.unheard.isEmpty)
        let changes = try await JournalChangeSource(dapr: DaprClient(transport: other), store: "statestore", watch: nil)
            .changes(of: owner, after: 0, told: 0, limit: .max)
        var expected = Activity()
        for change in changes { expected.note(change) }
        #expect(activity == expected)
        let engine = try Engine(other)
        try await engine.withRelay { try await engine.create("live") }
        #expect(other.published.compactMap { $0["sequence"]?.intValue } == [published + 1])
        #expect(try await audit() == [published + 1...published + 1])
    }

    @Test func `an interrupted import goes on`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let lines = try await export(sidecar)
        let file = try file(lines)
        for call in 1...3 {
            let other = FakeSidecar()
            other.setFault { made in
                guard made.kind == .transaction, made.number >= (call + 1) / 2 else { return .none }
                return call % 2 == 1 ? .before(.unreachable("killed")) : .after(.unreachable("killed"))
            }
            await #expect(throws: TransferError.self) { try await take(file, other) }
            other.setFault { _ in .none }
            let outcome = try await take(file, other)
            #expect(outcome.present + outcome.written == (try sidecar.journal(of: "u1").count))
            #expect(call == 1 || outcome.present > 0)
            #expect(try await export(other) == lines)
            #expect(try await take(file, other).written == 0)
        }
    }

    @Test func `lost answers do no harm`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let lines = try await export(sidecar)
        let other = FakeSidecar()
        let lost = Mutex<Set<String>>([])
        other.setFault { made in
            guard made.kind == .transaction, let key = made.keys.first else { return .none }
            return lost.withLock { $0.insert(key).inserted } ? .after(.connectionLost("lost")) : .none
        }
        try await take(try file(lines), other)
        other.setFault { _ in .none }
        #expect(try await export(other) == lines)
    }

    @Test func `what another writes to the book meanwhile is seen and left alone`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let file = try file(try await export(sidecar))
        let other = FakeSidecar()
        let engine = try Engine(other)
        other.setFault { made in
            if made.kind == .transaction, made.number == 1 { _ = try? await engine.create("faster") }
            return .none
        }
        await #expect { try await take(file, other) } throws: { error in
            guard case .writtenMeanwhile(_, sequence: 1)? = error as? TransferError else { return false }
            return true
        }
        other.setFault { _ in .none }
        #expect(try other.journal(of: "u1").count == 1)
        #expect(try await engine.list().map(\.content.title) == ["faster"])
    }

    @Test func `a book that is another's is left alone`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let lines = try await export(sidecar)
        let other = FakeSidecar()
        let engine = try Engine(other)
        try await engine.create("mine")
        let before = PopulatedBook.documents(other)
        await #expect { try await take(try file(lines), other) } throws: { error in
            guard case .notEmpty(_, sequence: 1)? = error as? TransferError else { return false }
            return true
        }
        #expect(PopulatedBook.documents(other) == before)
        // Nor is one that has the file's, and more.
        try await Engine(sidecar).create("more")
        await #expect(throws: TransferError.self) { try await take(try file(lines), sidecar) }
    }

    @Test func `a file that is not whole and sound is refused before anything is written`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let lines = try await export(sidecar)
        let firstTask = try #require(lines.firstIndex { $0.hasPrefix(#"{"task":"#) })
        func without(_ index: Int) -> [String] {
            var lines = lines
            lines.remove(at: index)
            return lines
        }
        func with(_ index: Int, _ line: String) -> [String] {
            var lines = lines
            lines[index] = line
            return lines
        }
        let wrong: [(line: Int, lines: [String])] = [
            (1, []), (1, ["{}"]), (1, with(0, #"{"export":2,"owner":"u1"}"#)),
            (1, with(0, #"{"export":1,"owner":""}"#)),
            (2, without(1)), (lines.count - 1, without(firstTask - 1)), (lines.count - 1, Array(lines.dropLast())),
            (lines.count - 1, without(firstTask)), (lines.count + 1, lines + [lines[1]]), (4, with(3, "{")),
            (4, with(3, "{}")), (firstTask + 2, with(firstTask + 1, lines[firstTask])),
            (firstTask + 1, with(firstTask, lines[firstTask].replacing("todo", with: "done"))),
            (lines.count, with(lines.count - 1, #"{"changes":1,"commits":1,"tasks":1}"#)),
            (firstTask + 2, with(firstTask + 1, lines[1])),
        ]
        for (line, lines) in wrong {
            do throws(TransferError) {
                _ = try BookFile(parsing: Array(lines.joined(separator: "\n").utf8))
                Issue.record("taken, though line \(line) is wrong")
            } catch {
                guard case .line(let found, _) = error else { throw error }
                #expect(found == line, "\(error)")
            }
        }
    }

    @Test func `a book that is not sound, or has lost its beginning, is not exported`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        _ = try AuditTests.Damage.missingTask.inflict(sidecar)
        await #expect(throws: TransferError.self) { try await export(sidecar) }
        sidecar.remove("log:u1:1")
        await #expect { try await export(sidecar) } throws: { error in
            guard case .noBeginning? = error as? TransferError else { return false }
            return true
        }
        #expect(try await export(FakeSidecar()).count == 2)
    }
}
