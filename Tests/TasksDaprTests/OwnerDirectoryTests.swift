import Dapr
import Tasks
import Testing

@testable import TasksDapr

/// Who has a book.
struct OwnerDirectoryTests {
    @Test func `owners whose names look alike, but are other bytes, are each listed, once`() async throws {
        let sidecar = FakeSidecar()
        let directory = OwnerDirectory(dapr: DaprClient(transport: sidecar), store: "statestore", watch: nil)
        let accent = "e\u{301}"
        // Another of the same list: its name ends in another spelling of the same character.
        func spellings(_ number: Int) throws -> (OwnerID, OwnerID) {
            (try #require(OwnerID("\(number)\u{e9}")), try #require(OwnerID("\(number)\(accent)")))
        }
        var pair: (OwnerID, OwnerID)?
        for number in 0..<100_000 where pair == nil {
            let (one, other) = try spellings(number)
            if OwnerDirectory.shard(of: one) == OwnerDirectory.shard(of: other) { pair = (one, other) }
        }
        let (one, other) = try #require(pair)
        #expect(one.rawValue == other.rawValue)
        for _ in 0..<2 {
            try await directory.add(one)
            try await directory.add(other)
        }
        let listed = try await directory.owners(in: OwnerDirectory.shard(of: one))
        #expect(listed.map { Array($0.rawValue.utf8) } == [Array(one.rawValue.utf8), Array(other.rawValue.utf8)])
    }

    @Test func `a book of each spelling is a book of its own`() async throws {
        let sidecar = FakeSidecar()
        let (one, other) = (try Engine(sidecar, owner: "\u{e9}"), try Engine(sidecar, owner: "e\u{301}"))
        try await one.create("one")
        try await other.create("other")
        #expect(try await one.list().map(\.content.title) == ["one"])
        #expect(try await other.list().map(\.content.title) == ["other"])
    }
}
